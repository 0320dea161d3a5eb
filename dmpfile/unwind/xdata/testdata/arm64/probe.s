// What compilers call to have a large frame probed.
	.globl	__chkstk
__chkstk:
	ret
