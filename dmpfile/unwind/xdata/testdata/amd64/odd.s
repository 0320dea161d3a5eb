# Functions with unwind data that llvm-readobj does not read, most of it wrong. Each begins at a multiple of 0x100.
	.intel_syntax noprefix
	.text

	.include "macros.inc"

	.balign 0x100			# 1000
xmm:					# the obsolete codes of version 1
	push	rbx
	sub	rsp, 0x40
	movlps	[rsp], xmm6
	movlps	[rsp+0x10], xmm7
	call	leaf
	add	rsp, 0x40
	pop	rbx
	ret
xmm_end:
	entry xmm, xmm_end, xmm_info@IMGREL
	unwind xmm_info
	.byte	1, 13, 7, 0
	code	13, 7, 7
	.long	0x10
	code	8, 6, 6
	.short	0
	code	5, 2, 7
	code	1, 0, 3
	.short	0

	.text
	.balign 0x100			# 1100
deep:					# 31 entries behind its own
	push	rbx
	nop
	pop	rbx
	ret
deep_end:
	entry deep, deep_end, deep_info@IMGREL
	unwind deep_info
	.set	i, 1
	.rept	31
	.byte	0x21, 0, 0, 0
	.long	deep@IMGREL, deep_end@IMGREL, deep_info@IMGREL+16*i
	.set	i, i+1
	.endr
	.byte	1, 1, 1, 0
	code	1, 0, 3
	.short	0

	.text
	.balign 0x100			# 1200
cycle:					# chained to one that is chained to it
	nop
	ret
cycle_end:
	entry cycle, cycle_end, cycle_info@IMGREL
	unwind cycle_info
	.byte	0x21, 0, 0, 0
	.long	cycle@IMGREL, cycle_end@IMGREL, cycle_2_info@IMGREL
	unwind cycle_2_info
	.byte	0x21, 0, 0, 0
	.long	cycle@IMGREL, cycle_end@IMGREL, cycle_info@IMGREL

	.text
	.balign 0x100			# 1300
version3:
	nop
	ret
version3_end:
	entry version3, version3_end, version3_info@IMGREL
	unwind version3_info
	.byte	3, 0, 0, 0
	.long	0

	.text
	.balign 0x100			# 1400
unknown:				# a code that is not known
	nop
	ret
unknown_end:
	entry unknown, unknown_end, unknown_info@IMGREL
	unwind unknown_info
	.byte	1, 0, 1, 0
	code	0, 11, 0
	.short	0

	.text
	.balign 0x100			# 1500
cut:					# a code that lacks its slot
	nop
	ret
cut_end:
	entry cut, cut_end, cut_info@IMGREL
	unwind cut_info
	.byte	1, 0, 1, 0
	code	0, 1, 0
	.short	0

	.text
	.balign 0x100			# 1600
indirect:				# with two parts that have its data
	push	rdi
	sub	rsp, 0x20
	test	ecx, ecx
	jne	indirect_2
indirect_1:
	add	rsp, 0x20
	pop	rdi
	ret
indirect_end:
	.balign 0x40			# 1640
indirect_2:
	call	leaf
	jmp	indirect_3
indirect_2_end:
	.balign 0x40			# 1680
indirect_3:
	xor	edi, edi
	jmp	indirect_1
indirect_3_end:
	entry indirect, indirect_end, indirect_info@IMGREL
	.section .xdata,"dr"
	.balign	4
indirect_copy:				# entries that are not in the table themselves
	.long	indirect@IMGREL, indirect_end@IMGREL, indirect_info@IMGREL
indirect_copy_2:
	.long	indirect_2@IMGREL, indirect_2_end@IMGREL, indirect_copy@IMGREL+1
	entry indirect_2, indirect_2_end, indirect_copy@IMGREL+1
	entry indirect_3, indirect_3_end, indirect_copy_2@IMGREL+1
	unwind indirect_info
	.byte	1, 5, 2, 0
	code	5, 2, 3
	code	1, 0, 7

	.text
	.balign 0x100			# 1700
trap:					# of version 2, with an error code and a spare code
	push	rax
	push	rbp
	sub	rsp, 0x28
	call	leaf
	add	rsp, 0x28
	pop	rbp
	pop	rax
	add	rsp, 8
	swapgs
	iretq
trap_end:
	entry trap, trap_end, trap_info@IMGREL
	unwind trap_info
	.byte	2, 6, 7, 0
	code	6, 7, 0
	.long	0x50000030
	code	6, 2, 4
	code	2, 0, 5
	code	1, 0, 0
	code	0, 10, 1
	.short	0

	.text
	.balign 0x100			# 1800
padded:					# of version 2; the slot that fills up the pair is zero
	push	rbx
	nop
	pop	rbx
	ret
padded_end:
	entry padded, padded_end, padded_info@IMGREL
	unwind padded_info
	.byte	2, 1, 3, 0
	code	2, 6, 1
	.short	0
	code	1, 0, 3
	.short	0

	.text
	.balign 0x100			# 1900
unpadded:				# of version 2; there is no slot that fills up the pair
	nop
	ret
unpadded_end:
	entry unpadded, unpadded_end, unpadded_info@IMGREL
	unwind unpadded_info
	.byte	2, 0, 1, 0
	code	1, 6, 1
	.short	0

	.text
	.balign 0x100			# 1A00
push_rsp:				# which no function does
	nop
	ret
push_rsp_end:
	entry push_rsp, push_rsp_end, push_rsp_info@IMGREL
	unwind push_rsp_info
	.byte	1, 0, 1, 0
	code	0, 0, 4
	.short	0

	.text
	.balign 0x100			# 1B00
frameless:				# sets a frame register that it does not name
	nop
	nop
frameless_end:
	entry frameless, frameless_end, frameless_info@IMGREL
	unwind frameless_info
	.byte	1, 0, 1, 0
	code	0, 3, 0
	.short	0

	.text
	.balign 0x100			# 1C00
buried:					# has something below a machine frame
	nop
	nop
buried_end:
	entry buried, buried_end, buried_info@IMGREL
	unwind buried_info
	.byte	1, 0, 2, 0
	code	0, 10, 0
	code	0, 2, 3

	.text
	.balign 0x100			# 1D00
outside:				# its unwind data is outside of the image
	nop
	ret
outside_end:
	entry outside, outside_end, 0xFFFFFFF0

	.text
	.balign 0x100			# 1E00
endless:				# an indirect entry that is its own
	nop
	ret
endless_end:
	.pushsection .xdata,"dr"
	.balign	4
endless_copy:
	.long	endless@IMGREL, endless_end@IMGREL, endless_copy@IMGREL+1
	.popsection
	entry endless, endless_end, endless_copy@IMGREL+1

	.text
	.balign 0x100			# 1F00
leaf:
	ret
