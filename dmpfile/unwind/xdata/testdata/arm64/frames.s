// Functions of arm64 with every unwind code. Each begins at a multiple of 0x100. Where the directives cannot make the unwind data, its
// words are written out (the macros packed and full).

	.macro	begin name
	.p2align 8, 0
\name:
	.endm

	.macro	packed name, word
	.section .pdata,"dr"
	.p2align 2
	.rva	\name
	.word	\word
	.text
	.endm

	// full leads to words at \data, which end at the next section.
	.macro	full name, data
	.section .pdata,"dr"
	.p2align 2
	.rva	\name, \data
	.section .xdata,"dr"
	.p2align 2
\data:
	.endm

	.text
	.globl	entry
entry:
	ret

// 0x1100: chained, with two registers: packed by the assembler.
	begin	chained
	.seh_proc chained
	stp	x19, x20, [sp, #-16]!
	.seh_save_regp_x x19, 16
	stp	x29, x30, [sp, #-32]!
	.seh_save_fplr_x 32
	mov	x29, sp
	.seh_set_fp
	.seh_endprologue
	bl	entry
	nop
	.seh_startepilogue
	ldp	x29, x30, [sp], #32
	.seh_save_fplr_x 32
	ldp	x19, x20, [sp], #16
	.seh_save_regp_x x19, 16
	.seh_endepilogue
	ret
	.seh_endproc

// 0x1200: lr saved with the last of three registers, then two of floating point.
	begin	unchained
	.seh_proc unchained
	stp	x19, x20, [sp, #-48]!
	.seh_save_regp_x x19, 48
	stp	x21, x30, [sp, #16]
	.seh_save_lrpair x21, 16
	stp	d8, d9, [sp, #32]
	.seh_save_fregp d8, 32
	sub	sp, sp, #32
	.seh_stackalloc 32
	.seh_endprologue
	bl	entry
	nop
	.seh_startepilogue
	add	sp, sp, #32
	.seh_stackalloc 32
	ldp	d8, d9, [sp, #32]
	.seh_save_fregp d8, 32
	ldp	x21, x30, [sp, #16]
	.seh_save_lrpair x21, 16
	ldp	x19, x20, [sp], #48
	.seh_save_regp_x x19, 48
	.seh_endepilogue
	ret
	.seh_endproc

// 0x1300: lr is not saved: it calls nothing.
	begin	callsnothing
	.seh_proc callsnothing
	stp	x19, x20, [sp, #-32]!
	.seh_save_regp_x x19, 32
	str	x21, [sp, #16]
	.seh_save_reg x21, 16
	sub	sp, sp, #16
	.seh_stackalloc 16
	.seh_endprologue
	nop
	nop
	.seh_startepilogue
	add	sp, sp, #16
	.seh_stackalloc 16
	ldr	x21, [sp, #16]
	.seh_save_reg x21, 16
	ldp	x19, x20, [sp], #32
	.seh_save_regp_x x19, 32
	.seh_endepilogue
	ret
	.seh_endproc

// 0x1400: signed, chained by more than 512 bytes, an odd number of registers of both kinds.
	begin	signed
	.seh_proc signed
	pacibsp
	.seh_pac_sign_lr
	stp	x19, x20, [sp, #-48]!
	.seh_save_regp_x x19, 48
	str	x21, [sp, #16]
	.seh_save_reg x21, 16
	stp	d8, d9, [sp, #24]
	.seh_save_fregp d8, 24
	str	d10, [sp, #40]
	.seh_save_freg d10, 40
	sub	sp, sp, #544
	.seh_stackalloc 544
	stp	x29, x30, [sp]
	.seh_save_fplr 0
	mov	x29, sp
	.seh_set_fp
	.seh_endprologue
	bl	entry
	nop
	.seh_startepilogue
	ldp	x29, x30, [sp]
	.seh_save_fplr 0
	add	sp, sp, #544
	.seh_stackalloc 544
	ldr	d10, [sp, #40]
	.seh_save_freg d10, 40
	ldp	d8, d9, [sp, #24]
	.seh_save_fregp d8, 24
	ldr	x21, [sp, #16]
	.seh_save_reg x21, 16
	ldp	x19, x20, [sp], #48
	.seh_save_regp_x x19, 48
	autibsp
	.seh_pac_sign_lr
	.seh_endepilogue
	ret
	.seh_endproc

// 0x1500: chained, and the frame takes two instructions.
	begin	twosteps
	.seh_proc twosteps
	str	x19, [sp, #-16]!
	.seh_save_reg_x x19, 16
	sub	sp, sp, #4080
	.seh_stackalloc 4080
	sub	sp, sp, #1024
	.seh_stackalloc 1024
	stp	x29, x30, [sp]
	.seh_save_fplr 0
	mov	x29, sp
	.seh_set_fp
	.seh_endprologue
	bl	entry
	nop
	.seh_startepilogue
	ldp	x29, x30, [sp]
	.seh_save_fplr 0
	add	sp, sp, #1024
	.seh_stackalloc 1024
	add	sp, sp, #4080
	.seh_stackalloc 4080
	ldr	x19, [sp], #16
	.seh_save_reg_x x19, 16
	.seh_endepilogue
	ret
	.seh_endproc

// 0x1600: only lr saved, two steps.
	begin	onlylr
	.seh_proc onlylr
	str	x30, [sp, #-16]!
	.seh_save_reg_x x30, 16
	sub	sp, sp, #4080
	.seh_stackalloc 4080
	sub	sp, sp, #16
	.seh_stackalloc 16
	.seh_endprologue
	bl	entry
	nop
	.seh_startepilogue
	add	sp, sp, #16
	.seh_stackalloc 16
	add	sp, sp, #4080
	.seh_stackalloc 4080
	ldr	x30, [sp], #16
	.seh_save_reg_x x30, 16
	.seh_endepilogue
	ret
	.seh_endproc

// 0x1700: only registers of floating point saved: the first pair makes the room.
	begin	onlyfloats
	.seh_proc onlyfloats
	stp	d8, d9, [sp, #-32]!
	.seh_save_fregp_x d8, 32
	str	d10, [sp, #16]
	.seh_save_freg d10, 16
	stp	x29, x30, [sp, #-496]!
	.seh_save_fplr_x 496
	mov	x29, sp
	.seh_set_fp
	.seh_endprologue
	bl	entry
	nop
	.seh_startepilogue
	ldp	x29, x30, [sp], #496
	.seh_save_fplr_x 496
	ldr	d10, [sp, #16]
	.seh_save_freg d10, 16
	ldp	d8, d9, [sp], #32
	.seh_save_fregp_x d8, 32
	.seh_endepilogue
	ret
	.seh_endproc

// 0x1800: homes of the parameters beside saved registers; the epilogue does not undo them. RegI 2, H, CR 1, 128 bytes, 16 instructions.
	begin	homes
	stp	x19, x20, [sp, #-96]!
	str	x30, [sp, #16]
	stp	x0, x1, [sp, #24]
	stp	x2, x3, [sp, #40]
	stp	x4, x5, [sp, #56]
	stp	x6, x7, [sp, #72]
	sub	sp, sp, #32
	bl	entry
	nop
	nop
	nop
	nop
	add	sp, sp, #32
	ldr	x30, [sp, #16]
	ldp	x19, x20, [sp], #96
	ret
	packed	homes, (1 | 16 << 2 | 2 << 16 | 1 << 20 | 1 << 21 | 8 << 23)

// 0x1900: homes where nothing else is saved stand in the frame, after the prologue. H, CR 3, 96 bytes, 10 instructions.
	begin	onlyhomes
	stp	x29, x30, [sp, #-96]!
	mov	x29, sp
	stp	x0, x1, [sp, #16]
	stp	x2, x3, [sp, #32]
	stp	x4, x5, [sp, #48]
	stp	x6, x7, [sp, #64]
	bl	entry
	nop
	ldp	x29, x30, [sp], #96
	ret
	packed	onlyhomes, (1 | 10 << 2 | 1 << 20 | 3 << 21 | 6 << 23)

// 0x1A00: x19 and lr: no store of both makes the room. RegI 1, CR 1, 48 bytes, 9 instructions.
	begin	onewithlr
	sub	sp, sp, #16
	stp	x19, x30, [sp]
	sub	sp, sp, #32
	bl	entry
	nop
	add	sp, sp, #32
	ldp	x19, x30, [sp]
	add	sp, sp, #16
	ret
	packed	onewithlr, (1 | 9 << 2 | 1 << 16 | 1 << 21 | 3 << 23)

// 0x1B00: a part of a function as chained, without prologue or epilogue. RegI 2, CR 3, 48 bytes, 3 instructions.
	begin	part
	bl	entry
	nop
	nop
	packed	part, (2 | 3 << 2 | 2 << 16 | 3 << 21 | 3 << 23)

// 0x1C00: ends with a call that does not return: what it returns to is the function after it.
	begin	noreturn
	.rept	61
	nop
	.endr
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
	bl	entry
	full	noreturn+0xF4, noreturndata
	.word	1 << 27 | 3
	.byte	0xE1, 0x81, 0xE4, 0xE3
	.text

// 0x1D00: two epilogues, a frame pointer above sp, single registers.
	begin	epilogues
	.seh_proc epilogues
	stp	x29, x30, [sp, #-64]!
	.seh_save_fplr_x 64
	stp	x19, x20, [sp, #16]
	.seh_save_regp x19, 16
	str	x21, [sp, #32]
	.seh_save_reg x21, 32
	str	d8, [sp, #40]
	.seh_save_freg d8, 40
	add	x29, sp, #16
	.seh_add_fp 16
	sub	sp, sp, #1024
	.seh_stackalloc 1024
	.seh_endprologue
	cbz	x0, 1f
	.seh_startepilogue
	sub	sp, x29, #16
	.seh_add_fp 16
	ldr	d8, [sp, #40]
	.seh_save_freg d8, 40
	ldr	x21, [sp, #32]
	.seh_save_reg x21, 32
	ldp	x19, x20, [sp, #16]
	.seh_save_regp x19, 16
	ldp	x29, x30, [sp], #64
	.seh_save_fplr_x 64
	.seh_endepilogue
	ret
1:	bl	entry
	.seh_startepilogue
	add	sp, sp, #1024
	.seh_stackalloc 1024
	ldr	d8, [sp, #40]
	.seh_save_freg d8, 40
	ldr	x21, [sp, #32]
	.seh_save_reg x21, 32
	ldp	x19, x20, [sp, #16]
	.seh_save_regp x19, 16
	ldp	x29, x30, [sp], #64
	.seh_save_fplr_x 64
	.seh_endepilogue
	b	entry
	.seh_endproc

// 0x1E00: pairs that follow each other, the stack by a code of one byte, a handler.
	begin	nexts
	.seh_proc nexts
	.seh_handler entry, @except
	stp	x19, x20, [sp, #-112]!
	.seh_save_r19r20_x 112
	stp	x21, x22, [sp, #16]
	.seh_save_next
	stp	x23, x24, [sp, #32]
	.seh_save_next
	stp	d8, d9, [sp, #48]
	.seh_save_fregp d8, 48
	stp	d10, d11, [sp, #64]
	.seh_save_next
	stp	x29, x30, [sp, #80]
	.seh_save_fplr 80
	str	d12, [sp, #-16]!
	.seh_save_freg_x d12, 16
	.seh_endprologue
	bl	entry
	nop
	.seh_startepilogue
	ldr	d12, [sp], #16
	.seh_save_freg_x d12, 16
	ldp	x29, x30, [sp, #80]
	.seh_save_fplr 80
	ldp	d10, d11, [sp, #64]
	.seh_save_next
	ldp	d8, d9, [sp, #48]
	.seh_save_fregp d8, 48
	ldp	x23, x24, [sp, #32]
	.seh_save_next
	ldp	x21, x22, [sp, #16]
	.seh_save_next
	ldp	x19, x20, [sp], #112
	.seh_save_r19r20_x 112
	.seh_endepilogue
	ret
	.seh_handlerdata
	.text
	.seh_endproc

// 0x1F00: any register: general, of floating point and of vectors; alone, in pairs, and making room.
	begin	anyregister
	.seh_proc anyregister
	stp	x25, x26, [sp, #-64]!
	.seh_save_any_reg_px x25, 64
	str	x27, [sp, #16]
	.seh_save_any_reg x27, 16
	stp	x29, x30, [sp, #32]
	.seh_save_any_reg_p x29, 32
	str	d14, [sp, #24]
	.seh_save_any_reg d14, 24
	str	x28, [sp, #-16]!
	.seh_save_any_reg_x x28, 16
	stp	q6, q7, [sp, #-32]!
	.seh_save_any_reg_px q6, 32
	str	q15, [sp, #-16]!
	.seh_save_any_reg_x q15, 16
	stp	d10, d11, [sp, #-16]!
	.seh_save_any_reg_px d10, 16
	str	d12, [sp, #-16]!
	.seh_save_any_reg_x d12, 16
	str	q8, [sp, #96]
	.seh_save_any_reg q8, 96
	.seh_endprologue
	bl	entry
	nop
	.seh_startepilogue
	ldr	q8, [sp, #96]
	.seh_save_any_reg q8, 96
	ldr	d12, [sp], #16
	.seh_save_any_reg_x d12, 16
	ldp	d10, d11, [sp], #16
	.seh_save_any_reg_px d10, 16
	ldr	q15, [sp], #16
	.seh_save_any_reg_x q15, 16
	ldp	q6, q7, [sp], #32
	.seh_save_any_reg_px q6, 32
	ldr	x28, [sp], #16
	.seh_save_any_reg_x x28, 16
	ldr	d14, [sp, #24]
	.seh_save_any_reg d14, 24
	ldp	x29, x30, [sp, #32]
	.seh_save_any_reg_p x29, 32
	ldr	x27, [sp, #16]
	.seh_save_any_reg x27, 16
	ldp	x25, x26, [sp], #64
	.seh_save_any_reg_px x25, 64
	.seh_endepilogue
	ret
	.seh_endproc

// 0x2000: a frame so large that the prologue calls for it to be probed.
	begin	probed
	.seh_proc probed
	pacibsp
	.seh_pac_sign_lr
	stp	x29, x30, [sp, #-16]!
	.seh_save_fplr_x 16
	mov	x29, sp
	.seh_set_fp
	mov	x15, #0x10000
	.seh_nop
	bl	entry
	.seh_nop
	sub	sp, sp, x15, lsl #4
	.seh_stackalloc 0x100000
	.seh_endprologue
	bl	entry
	nop
	.seh_startepilogue
	mov	sp, x29
	.seh_set_fp
	ldp	x29, x30, [sp], #16
	.seh_save_fplr_x 16
	autibsp
	.seh_pac_sign_lr
	.seh_endepilogue
	ret
	.seh_endproc

// 0x2100: entered with a machine frame, on which a frame stands with lr in it.
	begin	machine
	.seh_proc machine
	.seh_pushframe
	nop
	.seh_stackalloc 32
	nop
	.seh_save_reg x30, 24
	.seh_endprologue
	bl	entry
	nop
	nop
	.seh_endproc

// 0x2200: entered by a trap, with the non-volatile registers saved below its frame.
	begin	trap
	.seh_proc trap
	.seh_trap_frame
	stp	x19, x20, [sp, #-32]!
	.seh_save_regp_x x19, 32
	stp	x29, x30, [sp, #16]
	.seh_save_fplr 16
	.seh_endprologue
	bl	entry
	nop
	nop
	.seh_endproc

// 0x2300: entered with a context record on the stack.
	begin	context
	.seh_proc context
	.seh_context
	.seh_endprologue
	bl	entry
	nop
	.seh_endproc

// 0x2400: entered with a context record of ARM64EC on the stack.
	begin	eccontext
	.seh_proc eccontext
	.seh_ec_context
	.seh_endprologue
	bl	entry
	nop
	.seh_endproc

// 0x2500: what lr holds was not called from.
	begin	notcalled
	.seh_proc notcalled
	.seh_clear_unwound_to_call
	stp	x29, x30, [sp, #-16]!
	.seh_save_fplr_x 16
	.seh_endprologue
	bl	entry
	nop
	.seh_endproc

// 0x2600: vectors whose length only the processor knows.
	begin	scalable
	.word	0x043F57DF		// addvl sp, sp, #-2
	nop				// str z8, [sp]
	bl	entry
	nop
	full	scalable, scalabledata
	.word	2 << 27 | 4
	.byte	0xE7, 0x00, 0xC0	// save_zreg z8
	.byte	0xDF, 0x02		// alloc_z 2
	.byte	0xE4, 0xE3, 0xE3
	.text

// 0x2700: parts of a function that begins elsewhere, with the frame of "stp x29, x30, [sp, #-256]!; stp x19, x20, [sp, #240]; mov x29, sp".
// One has an epilogue,
	begin	tail
	nop
	nop
	mov	sp, x29
	ldp	x19, x20, [sp, #240]
	ldp	x29, x30, [sp], #256
	ret
	full	tail, taildata
	.word	1 << 22 | 2 << 27 | 6
	.word	1 << 22 | 2
	.byte	0xE5, 0xE1		// end_c, set_fp
	.byte	0xC8, 0x1E		// save_regp x19, 240
	.byte	0x9F, 0xE4, 0xE3, 0xE3	// save_fplr_x 256, end
	.text

// 0x2800: and one saves two more registers for as long as it runs.
	begin	wrapped
	stp	x21, x22, [sp, #224]
	nop
	bl	entry
	ldp	x21, x22, [sp, #224]
	full	wrapped, wrappeddata
	.word	1 << 22 | 3 << 27 | 4
	.word	3
	.byte	0xC8, 0x9C		// save_regp x21, 224
	.byte	0xE5, 0xE1		// end_c, set_fp
	.byte	0xC8, 0x1E		// save_regp x19, 240
	.byte	0x9F, 0xE4, 0xE3, 0xE3, 0xE3, 0xE3
	.text

// 0x2900: more epilogues and more codes than the first word has room to count.
	begin	extended
	.seh_proc extended
	str	x30, [sp, #-16]!
	.seh_save_reg_x x30, 16
	.rept	130
	nop
	.seh_nop
	.endr
	sub	sp, sp, #16
	.seh_stackalloc 16
	.seh_endprologue
	.rept	40
	cbz	x0, 1f
	.seh_startepilogue
	add	sp, sp, #16
	.seh_stackalloc 16
	ldr	x30, [sp], #16
	.seh_save_reg_x x30, 16
	.seh_endepilogue
	ret
1:
	.endr
	bl	entry
	brk	#1
	.seh_endproc

// 0x2E00: as probed, but without a chain: here it matters that the stack has not moved yet when the probe returns.
	begin	probedlr
	.seh_proc probedlr
	str	x30, [sp, #-16]!
	.seh_save_reg_x x30, 16
	mov	x15, #0x1000
	.seh_nop
	bl	entry
	.seh_nop
	sub	sp, sp, x15, lsl #4
	.seh_stackalloc 0x10000
	.seh_endprologue
	bl	entry
	brk	#1
	.seh_endproc

// 0x2F00: a guard is put on the stack in the prologue and taken off in the epilogue, by calls that move sp.
	begin	guarded
	.seh_proc guarded
	str	x30, [sp, #-16]!
	.seh_save_reg_x x30, 16
	bl	entry
	.seh_stackalloc 16
	sub	sp, sp, #32
	.seh_stackalloc 32
	.seh_endprologue
	bl	entry
	nop
	.seh_startepilogue
	add	sp, sp, #32
	.seh_stackalloc 32
	bl	entry
	.seh_stackalloc 16
	ldr	x30, [sp], #16
	.seh_save_reg_x x30, 16
	.seh_endepilogue
	ret
	.seh_endproc
