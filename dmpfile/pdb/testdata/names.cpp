// Names of C++ as a compiler decorates them.
typedef decltype(sizeof 0) size_t;
void *operator new(size_t n) { return (void *)n; }
void operator delete(void *) noexcept {}
void operator delete(void *, size_t) noexcept {}
void *operator new[](size_t n) { return (void *)n; }
void operator delete[](void *, size_t) noexcept {}
extern "C" const void *const tableOfTypeInfo[2] __asm__("??_7type_info@@6B@");
const void *const tableOfTypeInfo[2] = {};
extern "C" int _fltused = 0;
extern "C" int same(int x) { return x; }
extern "C" int _same_too(int x) __attribute__((alias("same")));

namespace outer {
namespace inner {
struct Base {
	virtual ~Base();
	virtual int call(int) { return 1; }
	static int counter;
};
Base::~Base() {}
int Base::counter = 7;
struct Other {
	virtual int second() { return 2; }
	virtual ~Other() {}
};
struct Both : Base, virtual Other {
	Both() {}
	int call(int) override { return 3; }
	int second() override { return 4; }
	operator int() const { return 5; }
	operator const char *() const { return "five"; }
	Both &operator=(const Both &) { return *this; }
	Both &operator+=(int) { return *this; }
	int operator()(int, ...) const { return 6; }
	bool operator<(const Both &) const { return false; }
	bool operator==(const Both &) const { return true; }
	Both *operator->() { return this; }
	int operator[](size_t) { return 8; }
	friend Both &operator<<(Both &b, int) { return b; }
};
} // namespace inner
template <class T, int N> struct Array {
	T data[N];
	Array() {}
	~Array() {}
	T &at(int i) { return data[i]; }
	template <class U> void assign(const U &, T (*)(U)) {}
	static Array make(Array<Array<T, 1>, 2> *, T const &, T &&) { return Array(); }
};
enum class Color { red };
template <class... T> int many(T...) { return sizeof...(T); }
template <int *P> int byAddress() { return *P; }
template <int (*F)(int)> int byFunction() { return F(1); }
template <bool B, char C, long long L> int byValue() { return B + C + (int)L; }
template <class T, int (T::*M)(int)> int byMember(T &t) { return (t.*M)(1); }
} // namespace outer

namespace {
__attribute__((noinline, used)) int hidden(int x) { return x + 1; }
} // namespace
int global;
const volatile int *const *pointers[3];

int scopes(int n) {
	static outer::inner::Both b;
	struct Local {
		int run(int x) { static int times; return times += x; }
	} l;
	auto f = [&](int x) { return l.run(x) + b.call(x); };
	return f(n) + hidden(n);
}

using namespace outer;
using outer::inner::Both;
template struct outer::Array<int, 3>;
template struct outer::Array<const char *, 0x10>;
template struct outer::Array<Array<Both, 1>, 300>;
template void outer::Array<int, 3>::assign<double>(const double &, int (*)(double));
template int outer::many<>();
template int outer::many<int, char, Both *, Color, int (*)(Both &, ...), int Both::*, void (Both::*)() const>(int, char, Both *, Color, int (*)(Both &, ...), int Both::*, void (Both::*)() const);
template int outer::byAddress<&global>();
template int outer::byFunction<&scopes>();
template int outer::byValue<true, 'x', -5>();
template int outer::byMember<Both, &Both::call>(Both &);
int takes(int (&a)[3][4], const volatile char *const *p, unsigned char, signed char, unsigned short, long, unsigned long, long long, unsigned long long, float, double, long double, wchar_t, char16_t, char32_t, bool, decltype(nullptr)) { return a[0][0] + **p; }

extern "C" int entry() {
	Both b, c;
	b = c;
	b += 1;
	b << (b < c) + (b == c) + b(1, 2) + b[3];
	delete (inner::Base *)&b;
	return scopes(b) + *(const char *)b + b->call(1) + inner::Base::counter + (pointers[0] != nullptr) + (int)(size_t)&takes;
}
extern "C" void _purecall() {}
extern "C" int atexit(void (*)()) { return 0; }
extern "C" void *memset(void *p, int, size_t) { return p; }
extern "C" void *memcpy(void *p, const void *, size_t) { return p; }
extern "C" void __CxxFrameHandler3() {}
int _Init_thread_epoch;
extern "C" void _Init_thread_header(int *) {}
extern "C" void _Init_thread_footer(int *) {}
