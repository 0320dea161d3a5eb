# Functions with unwind data of version 1, as directives make it. Each begins at a multiple of 0x100.
	.intel_syntax noprefix
	.text

	.balign 0x100			# 1000
leaf:
	mov	eax, ecx
	ret

	.balign 0x100			# 1100
pushes:
	.seh_proc pushes
	push	rbx
	.seh_pushreg rbx
	push	rdi
	.seh_pushreg rdi
	push	r12
	.seh_pushreg r12
	sub	rsp, 0x20
	.seh_stackalloc 0x20
	.seh_endprologue
	mov	rbx, rcx
	call	leaf
	test	eax, eax
	je	1f
	add	rsp, 0x20
	pop	r12
	pop	rdi
	pop	rbx
	ret
1:	xor	edi, edi
	add	rsp, 0x20
	pop	r12
	pop	rdi
	pop	rbx
	rep ret
	.seh_endproc

	.balign 0x100			# 1200
large:
	.seh_proc large
	sub	rsp, 0x1008
	.seh_stackalloc 0x1008
	.seh_endprologue
	call	leaf
	add	rsp, 0x1008
	ret
	.seh_endproc

	.balign 0x100			# 1300
huge:
	.seh_proc huge
	mov	[rsp+8], rbx
	push	rsi
	.seh_pushreg rsi
	mov	eax, 0x100000
	call	probe
	sub	rsp, rax
	.seh_stackalloc 0x100000
	mov	[rsp+0xFFFF8], r14
	.seh_savereg r14, 0xFFFF8
	movaps	[rsp+0xFFFE0], xmm7
	.seh_savexmm xmm7, 0xFFFE0
	.seh_savereg rbx, 0x100010
	.seh_endprologue
	xor	ebx, ebx
	call	leaf
	movaps	xmm7, [rsp+0xFFFE0]
	mov	r14, [rsp+0xFFFF8]
	mov	rbx, [rsp+0x100010]
	add	rsp, 0x100000
	pop	rsi
	ret
	.seh_endproc

	.balign 0x100			# 1400
home:
	.seh_proc home
	mov	[rsp+8], rbx
	mov	[rsp+0x18], rsi
	push	rdi
	.seh_pushreg rdi
	sub	rsp, 0x40
	.seh_stackalloc 0x40
	movaps	[rsp+0x30], xmm6
	.seh_savexmm xmm6, 0x30
	.seh_savereg rbx, 0x50
	.seh_savereg rsi, 0x60
	.seh_endprologue
	xor	esi, esi
	call	leaf
	mov	rbx, [rsp+0x50]
	movaps	xmm6, [rsp+0x30]
	mov	rsi, [rsp+0x60]
	add	rsp, 0x40
	pop	rdi
	jmp	leaf
	.seh_endproc

	.balign 0x100			# 1500
frame:
	.seh_proc frame
	push	rbp
	.seh_pushreg rbp
	sub	rsp, 0x30
	.seh_stackalloc 0x30
	lea	rbp, [rsp+0x20]
	.seh_setframe rbp, 0x20
	mov	[rbp+8], r15
	.seh_savereg r15, 0x28
	.seh_endprologue
	mov	eax, ecx
	call	probe
	sub	rsp, rax
	call	leaf
	mov	r15, [rbp+8]
	lea	rsp, [rbp+0x10]
	pop	rbp
	ret
	.seh_endproc

	.balign 0x100			# 1600
frame13:
	.seh_proc frame13
	push	r13
	.seh_pushreg r13
	push	rbx
	.seh_pushreg rbx
	sub	rsp, 0x208
	.seh_stackalloc 0x208
	lea	r13, [rsp+0xF0]
	.seh_setframe r13, 0xF0
	.seh_endprologue
	sub	rsp, rcx
	call	leaf
	lea	rsp, [r13+0x118]
	pop	rbx
	pop	r13
	.byte	0x48, 0xFF, 0xE0	# rex.w jmp rax
	.seh_endproc

	.balign 0x100			# 1700
tails:
	.seh_proc tails
	push	rsi
	.seh_pushreg rsi
	sub	rsp, 0x20
	.seh_stackalloc 0x20
	.seh_endprologue
1:	cmp	ecx, 3
	jmp	2f			# inside the function: no epilogue
	lea	rdx, [rip+1b]
	jmp	rdx			# by a table: no epilogue
	jmp	qword ptr [rdx+8*rcx]	# the same
2:	add	rsp, 0x20
	pop	rsi
	jmp	qword ptr [rip+import]
	add	rsp, 0x20
	pop	rsi
	jmp	tails			# calls itself
	add	rsp, 0x20
	pop	rsi
	.byte	0x48
	jmp	qword ptr [rip+import]
	add	rsp, 0x20
	pop	rsi
	ret	0x10
	add	rsp, 0x20
	pop	rsi
	.byte	0xF2
	ret
	.seh_endproc

	.balign 0x100			# 1800
stops:
	.seh_proc stops
	sub	rsp, 0x28
	.seh_stackalloc 0x28
	.seh_endprologue
	call	leaf			# which does not return here
	.seh_endproc
behind:					# a return address of stops
	.seh_proc behind
	add	rsp, 0x48
	ret
	.seh_endproc

	.balign 0x100			# 1900
interrupt:
	.seh_proc interrupt
	.seh_pushframe
	push	rax
	.seh_pushreg rax
	push	rcx
	.seh_pushreg rcx
	push	rbp
	.seh_pushreg rbp
	sub	rsp, 0x28
	.seh_stackalloc 0x28
	.seh_endprologue
	call	leaf
	add	rsp, 0x28
	pop	rbp
	pop	rcx
	pop	rax
	iretq
	.seh_endproc

	.balign 0x100			# 1A00
fault:
	.seh_proc fault
	.seh_pushframe @code
	push	rbp
	.seh_pushreg rbp
	sub	rsp, 0x158
	.seh_stackalloc 0x158
	lea	rbp, [rsp+0x80]
	.seh_setframe rbp, 0x80
	.seh_endprologue
	call	leaf
	add	rsp, 0x158
	pop	rbp
	add	rsp, 8
	iretq
	.seh_endproc

	.balign 0x100			# 1B00
probe:
	ret

	.section .rdata,"dr"
import:
	.quad	0
