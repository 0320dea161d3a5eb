# Functions with unwind data that directives do not make. Each begins at a multiple of 0x100.
	.intel_syntax noprefix
	.text

	.include "macros.inc"

	.balign 0x100			# 1000
zeros:					# slots that are zero are no pushes of rax, and those that are something else no codes
	push	rsi
	sub	rsp, 0x30
	movaps	[rsp], xmm8
	movaps	[rsp+0], xmm9
	mov	[rsp], rbx
	mov	[rsp+0x10], rdi
	call	leaf
	mov	rdi, [rsp+0x10]
	mov	rbx, [rsp]
	add	rsp, 0x30
	pop	rsi
	ret
zeros_end:
	entry zeros, zeros_end, zeros_info@IMGREL
	unwind zeros_info
	.byte	1, 0x17, 13, 0
	code	0x17, 4, 7
	.short	2
	code	0x12, 5, 3
	.long	0
	code	0xE, 9, 9
	.long	0
	code	9, 8, 8
	.short	0
	code	5, 1, 0
	.short	6
	code	1, 0, 6
	.short	0

	.text
	.balign 0x100			# 1100
parts:					# as compilers cut up a function that saves registers late
	push	rbp
	sub	rsp, 0x40
	lea	rbp, [rsp+0x20]
	test	ecx, ecx
	je	parts_4
parts_2:
	nop
	mov	[rbp+0x18], rsi
	xor	esi, esi
	call	leaf
parts_3:
	mov	[rbp+0x10], rdi
	xor	edi, edi
	call	leaf
	mov	rdi, [rbp+0x10]
	mov	rsi, [rbp+0x18]
	jmp	parts_4			# to another part: no epilogue
parts_4:
	lea	rsp, [rbp+0x20]
	pop	rbp
	ret
parts_5:
	lea	rsp, [rbp+0x20]
	pop	rbp
	jmp	parts			# to the beginning: one
parts_end:
	entry parts, parts_2, parts_info@IMGREL
	entry parts_2, parts_3, parts_2_info@IMGREL
	entry parts_3, parts_4, parts_3_info@IMGREL
	entry parts_4, parts_end, parts_4_info@IMGREL
	unwind parts_info
	.byte	1, 10, 3, 0x25
	code	10, 3, 0
	code	5, 2, 7
	code	1, 0, 5
	.short	0
	unwind parts_2_info
	.byte	0x21, 5, 2, 0x25
	code	5, 4, 6
	.short	7
	.long	parts@IMGREL, parts_2@IMGREL, parts_info@IMGREL
	unwind parts_3_info
	.byte	0x21, 4, 2, 0		# without the frame register
	code	4, 4, 7
	.short	6
	.long	parts_2@IMGREL, parts_3@IMGREL, parts_2_info@IMGREL
	unwind parts_4_info
	.byte	0x21, 0, 0, 0x25
	.long	parts@IMGREL, parts_2@IMGREL, parts_info@IMGREL

	.text
	.balign 0x100			# 1200
epilogues:				# of version 2: four, of which one is the end. That rcx is popped is ahead of them
	push	rbx
	push	r12
	push	rax
	test	ecx, ecx
	je	1f
	pop	rcx
	pop	r12
	pop	rbx
	ret
1:	mov	ebx, 1
	call	leaf
	pop	rcx
	pop	r12
	pop	rbx
	ret
	nop
	pop	rcx
	pop	r12
	pop	rbx
	jmp	leaf
	nop
	pop	rcx
	pop	r12
	pop	rbx
	ret
epilogues_end:
	entry epilogues, epilogues_end, epilogues_info@IMGREL
	unwind epilogues_info
	.byte	2, 4, 7, 0
	code	4, 6, 1
	code	0xE, 6, 0
	code	0x14, 6, 0
	code	0x23, 6, 0
	code	4, 2, 0
	code	3, 0, 12
	code	1, 0, 3
	.short	0

	.text
	.balign 0x100			# 1300
unlisted:				# of version 2, with an epilogue that it does not list
	push	rsi
	sub	rsp, 0x20
	call	leaf
	add	rsp, 0x20
	pop	rsi
	ret
unlisted_end:
	entry unlisted, unlisted_end, unlisted_info@IMGREL
	unwind unlisted_info
	.byte	2, 5, 2, 0
	code	5, 2, 3
	code	1, 0, 6

	.text
	.balign 0x100			# 1400
cold:					# of version 2; the epilogue is in a part of its own
	push	rbx
	sub	rsp, 0x20
	jmp	cold_2
cold_2:
	mov	[rsp+0x38], rsi
	xor	esi, esi
	call	leaf
	mov	rsi, [rsp+0x38]
cold_3:
	add	rsp, 0x20
	pop	rbx
	ret
cold_end:
	entry cold, cold_2, cold_info@IMGREL
	entry cold_2, cold_3, cold_2_info@IMGREL
	entry cold_3, cold_end, cold_3_info@IMGREL
	unwind cold_info
	.byte	2, 5, 2, 0
	code	5, 2, 3
	code	1, 0, 3
	unwind cold_2_info
	.byte	0x22, 5, 2, 0
	code	5, 4, 6
	.short	7
	.long	cold@IMGREL, cold_2@IMGREL, cold_info@IMGREL
	unwind cold_3_info
	.byte	0x22, 0, 2, 0
	code	2, 6, 0
	code	2, 6, 0
	.long	cold@IMGREL, cold_2@IMGREL, cold_info@IMGREL

	.text
	.balign 0x100			# 1500
resume:					# of version 2; its epilogue pops what was pushed above a machine frame
	push	rcx
	push	rsi
	nop
	pop	rsi
	pop	rcx
	iretq
resume_end:
	entry resume, resume_end, resume_info@IMGREL
	unwind resume_info
	.byte	2, 2, 5, 0
	code	4, 6, 1
	code	0, 6, 0			# fills up the pair
	code	2, 0, 6
	code	1, 0, 1
	code	0, 10, 0
	.short	0

	.text
	.balign 0x100			# 1600
pushes_flags:				# of version 2; its epilogue takes off the flags, too
	push	rbx
	pushfq
	push	r15
	sub	rsp, 0x28
	call	leaf
	add	rsp, 0x28
	pop	r15
	pop	rcx
	pop	rbx
	ret
pushes_flags_end:
	entry pushes_flags, pushes_flags_end, pushes_flags_info@IMGREL
	unwind pushes_flags_info
	.byte	2, 8, 6, 0
	code	5, 6, 1
	code	0, 6, 0			# fills up the pair
	code	8, 2, 4
	code	4, 0, 15
	code	2, 2, 0
	code	1, 0, 3

	.text
	.balign 0x100			# 1700
unchained:				# what is seldom run has an entry that is not chained to the rest, as GCC has it
	push	rbx
	sub	rsp, 0x20
	jmp	unchained_cold		# no epilogue
	jmp	unchained_cold+1	# none, too
	add	rsp, 0x20
	pop	rbx
	jmp	pushes_flags		# one
unchained_end:
	nop
unchained_cold:
	call	leaf
	add	rsp, 0x20
	pop	rbx
	ret
unchained_cold_end:
	entry unchained, unchained_end, unchained_info@IMGREL
	entry unchained_cold, unchained_cold_end, unchained_cold_info@IMGREL
	unwind unchained_info
	.byte	1, 5, 2, 0
	code	5, 2, 3
	code	1, 0, 3
	unwind unchained_cold_info
	.byte	1, 0, 2, 0
	code	0, 2, 3
	code	0, 0, 3

	.text
	.balign 0x100			# 1800
early:					# saves a register by rsp before it sets its frame register to something else
	push	rbp
	sub	rsp, 0x30
	mov	[rsp+0x28], r15
	xor	r15d, r15d
	lea	rbp, [rsp+0x20]
	sub	rsp, rax
	call	leaf
	mov	r15, [rbp+8]
	lea	rsp, [rbp+0x10]
	pop	rbp
	ret
early_end:
	entry early, early_end, early_info@IMGREL
	unwind early_info
	.byte	1, 0x12, 5, 0x25
	code	0x12, 3, 0
	code	0xA, 4, 15
	.short	5
	code	5, 2, 5
	code	1, 0, 5
	.short	0

	.text
	.balign 0x100			# 1900
again:					# its second part jumps to itself, and does what only looks like an epilogue
	push	rsi
	sub	rsp, 0x20
again_2:
	nop
	jmp	again_2
	lea	rsp, [rsp+8*rax]
	ret
again_end:
	entry again, again_2, again_info@IMGREL
	entry again_2, again_end, again_2_info@IMGREL
	unwind again_info
	.byte	1, 5, 2, 0
	code	5, 2, 3
	code	1, 0, 6
	unwind again_2_info
	.byte	0x21, 0, 0, 0
	.long	again@IMGREL, again_2@IMGREL, again_info@IMGREL

	.text
	.balign 0x100			# 1A00
leaf:
	ret
