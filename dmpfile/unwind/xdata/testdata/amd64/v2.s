# Functions with unwind data of version 2, as directives make it. Each begins at a multiple of 0x100.
	.intel_syntax noprefix
	.text

	.balign 0x100			# 1000
atend:
	.seh_proc atend
	.seh_unwindversion 2
	push	rbx
	.seh_pushreg rbx
	push	r14
	.seh_pushreg r14
	sub	rsp, 0x28
	.seh_stackalloc 0x28
	.seh_endprologue
	call	other
	.seh_startepilogue
	add	rsp, 0x28
	.seh_unwindv2start
	pop	r14
	pop	rbx
	.seh_endepilogue
	ret
	.seh_endproc

	.balign 0x100			# 1100
several:
	.seh_proc several
	.seh_unwindversion 2
	push	rbp
	.seh_pushreg rbp
	push	r15
	.seh_pushreg r15
	push	rdi
	.seh_pushreg rdi
	sub	rsp, 0x30
	.seh_stackalloc 0x30
	lea	rbp, [rsp+0x30]
	.seh_setframe rbp, 0x30
	.seh_endprologue
	test	ecx, ecx
	je	1f
	.seh_startepilogue
	lea	rsp, [rbp]
	.seh_unwindv2start
	pop	rdi
	pop	r15
	pop	rbp
	.seh_endepilogue
	ret
1:	sub	rsp, rdx
	xor	edi, edi
	.seh_startepilogue
	lea	rsp, [rbp]
	.seh_unwindv2start
	pop	rdi
	pop	r15
	pop	rbp
	.seh_endepilogue
	jmp	other
	ud2
	.seh_endproc

	.balign 0x100			# 1200
other:
	ret
