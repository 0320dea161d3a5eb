// Functions of x86 code whose frames differ: parameters, saved registers, locals, a frame pointer, and an aligned frame.
volatile int sink;

__attribute__((noinline)) int __stdcall std3(int a, int b, int c) { sink = a; return a + b * sink + c; }

__attribute__((noinline)) int __fastcall fast2(int a, int b) { return std3(a, b, a * b) + sink; }

__attribute__((noinline)) int saves(int a, int b, int c, int d) {
	int r = fast2(a, b);
	r += fast2(c, d) * a;
	return r * b + c * d;
}

__attribute__((noinline)) int locals(int n) {
	volatile int list[8];
	for (int i = 0; i < 8; i++) list[i] = saves(n, i, sink, 1);
	return list[n & 7];
}

__attribute__((naked)) void _chkstk(void) { __asm__("ret"); }

__attribute__((noinline)) int pointer(int n) {
	char *p = __builtin_alloca(n);
	sink = (int)p;
	return locals(n) + *p;
}

int entry(void) {
	_Alignas(32) char list[64];
	sink = (int)list;
	return pointer(sink) + saves(1, 2, 3, sink);
}
