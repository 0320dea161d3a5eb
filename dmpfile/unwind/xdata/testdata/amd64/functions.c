// Functions as a compiler makes them.
typedef unsigned long long u64;
int _fltused;
__declspec(noinline) int first(volatile int *p) { return *p + 1; }

// leaves through a tail call
__declspec(noinline) int tail(volatile int *p) { *p = first((int *)p); return first((int *)p); }

__declspec(noinline) u64 many(volatile int *p, u64 a, u64 b, u64 c, u64 d, u64 e) {
	u64 x = a * b, y = c * d, z = e ^ a;
	x += first(p); y ^= first(p); z += first(p);
	a -= first(p); b -= first(p); c ^= first(p); d += first(p);
	return x * y + z - a * b + c * d + e;
}

// a frame of a size that is not known
__declspec(noinline) int sized(volatile int *p, u64 n) {
	char *room = __builtin_alloca(n);
	for (u64 i = 0; i < n; i++) room[i] = (char)*p;
	return first((int *)room) + first(p);
}

// a large frame, and numbers that are kept over calls
__declspec(noinline) double numbers(volatile int *p, double a, double b) {
	char room[0x3000];
	for (u64 i = 0; i < sizeof room; i++) ((volatile char *)room)[i] = (char)*p;
	double c = a * b;
	if (first(p)) return c;
	c += first((int *)room);
	return a + b * c - first(p);
}

__declspec(noinline) int several(volatile int *p, int n) {
	if (n == 1) return first(p) * 3;
	if (n == 2) { first(p); return tail(p); }
	int sum = 0;
	while (n-- > 0) sum += first(p) + n;
	return sum;
}

__declspec(noinline, noreturn) void stops(volatile int *p) { for (;;) first(p); }
__declspec(noinline) int calls_stops(volatile int *p) { if (first(p)) return 1; stops(p); }

__declspec(dllexport) u64 all(volatile int *p, u64 n) {
	return tail(p) + many(p, n, n + 1, n + 2, n + 3, n + 4) + sized(p, n) + (u64)numbers(p, 1, n) + several(p, n) + calls_stops(p);
}
