	.intel_syntax noprefix
	.section .text,"xr"
	.def BaseThreadInitThunk
	.scl 2
	.type 32
	.endef
	.globl BaseThreadInitThunk
	.p2align 4, 0xCC
BaseThreadInitThunk:
	.seh_proc BaseThreadInitThunk
	sub	rsp, 0x28
	.seh_stackalloc 0x28
	.seh_endprologue
	test	ecx, ecx
	jne	1f
	mov	rcx, r8
	call	rdx
	mov	ecx, eax
	int3
1:
	add	rsp, 0x28
	ret
	.seh_endproc
