# Frames of a kernel that captures a live dump of itself. The names are those of public call stacks; the code only has
# frames, of every kind that unwind data can describe. See capture.go of package dmptest for what is on the stack.
	.intel_syntax noprefix

	.macro FUNC name
	.def \name
	.scl 2
	.type 32
	.endef
	.globl \name
	.p2align 4, 0xCC
\name:
	.seh_proc \name
	.endm

	.macro LEAF name
	.def \name
	.scl 2
	.type 32
	.endef
	.globl \name
	.p2align 4, 0xCC
\name:
	.endm

	.section .text,"xr"

# A leaf: no unwind data.
LEAF RtlCaptureContext
	mov	qword ptr [rcx + 0x98], rsp
	ret

# Pushes and a small frame.
FUNC IopLiveDumpEndMirroringCallback
	push	rbx
	.seh_pushreg rbx
	push	rsi
	.seh_pushreg rsi
	push	rdi
	.seh_pushreg rdi
	sub	rsp, 0x30
	.seh_stackalloc 0x30
	.seh_endprologue
	mov	rbx, rcx
	lea	rsi, [rcx + 0x40]
	mov	rdi, rdx
	mov	rcx, rsi
	call	RtlCaptureContext
	xor	eax, eax
	add	rsp, 0x30
	pop	rdi
	pop	rsi
	pop	rbx
	ret
	.seh_endproc

# A frame pointer, for room is taken at run time.
FUNC MmDuplicateMemory
	push	rbp
	.seh_pushreg rbp
	push	rbx
	.seh_pushreg rbx
	push	r12
	.seh_pushreg r12
	push	r13
	.seh_pushreg r13
	sub	rsp, 0x88
	.seh_stackalloc 0x88
	lea	rbp, [rsp + 0x40]
	.seh_setframe rbp, 0x40
	.seh_endprologue
	mov	rbx, rcx
	mov	r12, rdx
	mov	r13, r8
	lea	rax, [r8*8 + 15]
	and	rax, -16
	sub	rsp, rax
	sub	rsp, 0x20
	mov	rcx, r12
	mov	rdx, rbx
	call	IopLiveDumpEndMirroringCallback
	test	eax, eax
	js	1f
	mov	eax, dword ptr [rbx]
1:
	lea	rsp, [rbp + 0x48]
	pop	r13
	pop	r12
	pop	rbx
	pop	rbp
	ret
	.seh_endproc

# Registers in the home area of the caller.
FUNC IopLiveDumpCaptureMemoryPages
	mov	qword ptr [rsp + 0x8], rbx
	mov	qword ptr [rsp + 0x18], rsi
	push	rdi
	.seh_pushreg rdi
	sub	rsp, 0x50
	.seh_stackalloc 0x50
	.seh_savereg rbx, 0x60
	.seh_savereg rsi, 0x70
	.seh_endprologue
	mov	rbx, rcx
	lea	rsi, [rcx + 0x100]
	mov	rdi, rdx
	xor	r8d, r8d
	mov	rcx, rsi
	call	MmDuplicateMemory
	mov	rbx, qword ptr [rsp + 0x60]
	mov	rsi, qword ptr [rsp + 0x70]
	add	rsp, 0x50
	pop	rdi
	ret
	.seh_endproc

# A large frame, which is more than a page.
FUNC IoCaptureLiveDump
	push	rbp
	.seh_pushreg rbp
	push	r14
	.seh_pushreg r14
	push	r15
	.seh_pushreg r15
	sub	rsp, 0x1140
	.seh_stackalloc 0x1140
	.seh_endprologue
	mov	r14, rcx
	mov	r15d, edx
	lea	rbp, [rsp + 0x100]
	mov	rcx, rbp
	mov	edx, r15d
	call	IopLiveDumpCaptureMemoryPages
	mov	ecx, eax
	add	rsp, 0x1140
	pop	r15
	pop	r14
	pop	rbp
	ret
	.seh_endproc

# A function in parts: the second one saves more registers, and its unwind data is chained to that of the first, as that of
# the third, which has them back. The assembler has no directives for that.
LEAF DbgkCaptureLiveKernelDump
	push	rbx
	push	rdi
	sub	rsp, 0x78
	mov	rbx, rcx
	mov	edi, 0xC000000D
	test	rcx, rcx
	je	3f
2:
	mov	qword ptr [rsp + 0x68], rsi
	mov	qword ptr [rsp + 0x70], r14
	mov	rsi, qword ptr [rbx]
	lea	r14, [rsp + 0x40]
	mov	rcx, rsi
	mov	edx, 0x161
	mov	r8, r14
	call	IoCaptureLiveDump
	mov	edi, eax
	mov	r14, qword ptr [rsp + 0x70]
	mov	rsi, qword ptr [rsp + 0x68]
3:
	mov	eax, edi
	add	rsp, 0x78
	pop	rdi
	pop	rbx
	ret
4:
	.section .xdata,"dr"
	.p2align 2
7:	.byte	0x01, 6, 3, 0
	.byte	6, 0xE2			# ALLOC_SMALL 0x78
	.byte	2, 0x70			# PUSH_NONVOL rdi
	.byte	1, 0x30			# PUSH_NONVOL rbx
	.short	0
8:	.byte	0x21, 10, 4, 0
	.byte	10, 0xE4		# SAVE_NONVOL r14
	.short	0x70 / 8
	.byte	5, 0x64			# SAVE_NONVOL rsi
	.short	0x68 / 8
	.long	DbgkCaptureLiveKernelDump@IMGREL, 2b@IMGREL, 7b@IMGREL
9:	.byte	0x21, 0, 0, 0
	.long	DbgkCaptureLiveKernelDump@IMGREL, 2b@IMGREL, 7b@IMGREL
	.section .pdata,"dr"
	.p2align 2
	.long	DbgkCaptureLiveKernelDump@IMGREL, 2b@IMGREL, 7b@IMGREL
	.long	2b@IMGREL, 3b@IMGREL, 8b@IMGREL
	.long	3b@IMGREL, 4b@IMGREL, 9b@IMGREL
	.section .text,"xr"

# A 128-bit register too.
FUNC NtSystemDebugControl
	push	rbx
	.seh_pushreg rbx
	push	rsi
	.seh_pushreg rsi
	push	rdi
	.seh_pushreg rdi
	push	r12
	.seh_pushreg r12
	sub	rsp, 0xD8
	.seh_stackalloc 0xD8
	movaps	xmmword ptr [rsp + 0xC0], xmm6
	.seh_savexmm xmm6, 0xC0
	.seh_endprologue
	mov	ebx, ecx
	mov	rsi, rdx
	mov	edi, r8d
	xorps	xmm6, xmm6
	lea	r12, [rsp + 0x60]
	cmp	ebx, 0x25
	jne	4f
	mov	rcx, rsi
	call	DbgkCaptureLiveKernelDump
	jmp	5f
4:
	mov	eax, 0xC0000003
5:
	movaps	xmm6, xmmword ptr [rsp + 0xC0]
	add	rsp, 0xD8
	pop	r12
	pop	rdi
	pop	rsi
	pop	rbx
	ret
	.seh_endproc

# The system call: its frame is a KTRAP_FRAME, that of what called it a machine frame. The labels in it have public symbols.
FUNC KiSystemCall64
	.seh_pushframe
	swapgs
	mov	qword ptr gs:[0x10], rsp
	mov	rsp, qword ptr gs:[0x1A8]
	push	0x2B
	push	qword ptr gs:[0x10]
	push	r11
	push	0x33
	push	rcx
	mov	rcx, r10
	sub	rsp, 8
	.seh_stackalloc 8
	push	rbp
	.seh_pushreg rbp
	sub	rsp, 0x158
	.seh_stackalloc 0x158
	lea	rbp, [rsp + 0x80]
	.seh_setframe rbp, 0x80
	mov	qword ptr [rbp + 0xC0], rbx
	.seh_savereg rbx, 0x140
	mov	qword ptr [rbp + 0xC8], rdi
	.seh_savereg rdi, 0x148
	mov	qword ptr [rbp + 0xD0], rsi
	.seh_savereg rsi, 0x150
	.seh_endprologue
	mov	rbx, qword ptr gs:[0x188]
	mov	qword ptr [rbx + 0x90], rsp
	.globl	KiSystemServiceStart
KiSystemServiceStart:
	mov	edi, eax
	and	edi, 0xFFF
	lea	r10, [rip + KiServiceTable]
	movsxd	r11, dword ptr [r10 + rdi*4]
	add	r10, r11
	lea	rsp, [rsp - 0x70]
	lea	rdi, [rsp + 0x18]
	mov	rsi, qword ptr [rbp + 0x100]
	.globl	KiSystemServiceCopyStart
KiSystemServiceCopyStart:
	mov	rax, qword ptr [rsi + 0x30]
	mov	qword ptr [rdi + 0x10], rax
	mov	rax, qword ptr [rsi + 0x28]
	mov	qword ptr [rdi + 0x8], rax
	.globl	KiSystemServiceCopyEnd
KiSystemServiceCopyEnd:
	test	dword ptr [rip + KiDynamicTraceMask], 1
	{disp32} jne	6f
	test	dword ptr [rip + KiDynamicTraceMask], 0x40
	{disp32} jne	6f
	call	KiCallService
	inc	dword ptr gs:[0x2EB8]
	.globl	KiSystemServiceExit
KiSystemServiceExit:
6:
	mov	rbx, qword ptr [rbp + 0xC0]
	mov	rdi, qword ptr [rbp + 0xC8]
	mov	rsi, qword ptr [rbp + 0xD0]
	mov	r11, qword ptr [rbp + 0xF8]
	mov	rcx, qword ptr [rbp + 0xE8]
	mov	rsp, qword ptr [rbp + 0x100]
	mov	rbp, qword ptr [rbp + 0xD8]
	swapgs
	sysretq
	.seh_endproc

# Goes to the service; it has no frame, so that the service returns to the caller of this.
LEAF KiCallService
	jmp	r10

FUNC DbgkpWerCaptureLiveFullDump
	push	rbx
	.seh_pushreg rbx
	sub	rsp, 0x60
	.seh_stackalloc 0x60
	.seh_endprologue
	mov	rbx, rcx
	mov	edx, dword ptr [rbx + 8]
	xor	r8d, r8d
	call	IoCaptureLiveDump
	mov	dword ptr [rbx + 0x10], eax
	add	rsp, 0x60
	pop	rbx
	ret
	.seh_endproc

# rbp leads to locals, but it is no frame pointer: the unwind data says nothing of it.
FUNC DbgkWerCaptureLiveKernelDump
	push	rbp
	.seh_pushreg rbp
	push	rsi
	.seh_pushreg rsi
	push	rdi
	.seh_pushreg rdi
	push	r13
	.seh_pushreg r13
	lea	rbp, [rsp - 0x28]
	sub	rsp, 0x128
	.seh_stackalloc 0x128
	.seh_endprologue
	mov	esi, edx
	mov	rdi, rcx
	mov	r13, r8
	mov	dword ptr [rbp - 0x40], esi
	lea	rcx, [rbp - 0x48]
	call	DbgkpWerCaptureLiveFullDump
	mov	esi, eax
	add	rsp, 0x128
	pop	r13
	pop	rdi
	pop	rsi
	pop	rbp
	ret
	.seh_endproc

FUNC ExpWorkerThread
	push	rbx
	.seh_pushreg rbx
	push	rdi
	.seh_pushreg rdi
	sub	rsp, 0x38
	.seh_stackalloc 0x38
	.seh_endprologue
	mov	rbx, rcx
7:
	mov	rdi, qword ptr [rbx]
	mov	rcx, qword ptr [rdi + 0x18]
	call	qword ptr [rdi + 0x10]
	test	rbx, rbx
	jne	7b
	add	rsp, 0x38
	pop	rdi
	pop	rbx
	ret
	.seh_endproc

FUNC PspSystemThreadStartup
	push	rbx
	.seh_pushreg rbx
	sub	rsp, 0x30
	.seh_stackalloc 0x30
	.seh_endprologue
	mov	rbx, rcx
	mov	rcx, rdx
	call	rbx
	mov	ecx, eax
	add	rsp, 0x30
	pop	rbx
	ret
	.seh_endproc

# Where a thread of the system begins: what is behind it is not called by anything.
FUNC KiStartSystemThread
	sub	rsp, 0x28
	.seh_stackalloc 0x28
	.seh_endprologue
	mov	rcx, qword ptr [rsp + 8]
	mov	rdx, qword ptr [rsp]
	call	PspSystemThreadStartup
	int3
	.seh_endproc

	.globl	KiSystemStartup
	.p2align 4, 0xCC
KiSystemStartup:
	jmp	KiSystemStartup

	.section .rdata,"dr"
	.p2align 3
	.globl	KiServiceTable
KiServiceTable:
	.long	NtSystemDebugControl@IMGREL, 0

# The variables of the kernel, which the dump fills in.
	.section ALMOSTRO,"bw"
	.globl	KdDebuggerDataBlockArea
KdDebuggerDataBlockArea:
	.zero	0x7000
	.globl	KiDynamicTraceMask
KiDynamicTraceMask:
	.zero	8
