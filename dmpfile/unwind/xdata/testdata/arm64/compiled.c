// What a compiler makes: frames of every size, registers of both kinds, early returns, an endless callee, variable arguments.
__declspec(noreturn) void stop(int);
int use(void *);
double weigh(double);
int sum(int, ...);

int entry(int a) { return a + 1; }

__declspec(noinline) int use(void *p) { return *(volatile int *)p; }
__declspec(noinline) double weigh(double x) { return x * 2; }
__declspec(noinline) void stop(int a) { for (;;) use(&a); }

int plain(int a) { int b[4]; return use(b) + a; }
int middle(int a) { int b[300]; return use(b) + b[1] + a; }
int large(int a) { int b[3000]; return use(b) + b[1] + a; }
int dynamic(int n) { char *p = __builtin_alloca(n); int b[2]; return use(p) + use(b) + n; }
void fatal(int a) { int b[4]; stop(use(b) + a); }

int many(int a, int b, int c, int d, int e, int f, int g, int h) {
	int x = use(&a), y = use(&b), z = use(&c), w = use(&d), v = use(&e), u = use(&f), t = use(&g), s = use(&h);
	return sum(x, y, z, w, v, u, t, s) + x * y * z * w * v * u * t * s;
}

double floats(double a, double b, double c, double d) {
	double x = weigh(a), y = weigh(b), z = weigh(c), w = weigh(d);
	return weigh(x) * a + weigh(y) * b + weigh(z) * c + weigh(w) * d + x * y * z * w;
}

int early(int a, int b) {
	if (a == 7)
		return b;
	int x = use(&a);
	if (x == 1) {
		int c[20];
		return use(c) + b;
	}
	if (x == 2)
		return use(&b) * x;
	return use(&x) + a + b;
}

int sum(int n, ...) {
	__builtin_va_list l;
	__builtin_va_start(l, n);
	int s = 0;
	while (n-- > 0)
		s += use(&n) + __builtin_va_arg(l, int);
	__builtin_va_end(l);
	return s;
}

int tail(int a) { int b[2]; use(b); return entry(a + b[0]); }
