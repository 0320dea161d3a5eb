// A driver that asks Windows Error Reporting for a dump.
typedef unsigned short wchar_t;

__declspec(dllimport) int DbgkWerCaptureLiveKernelDump(const wchar_t *component, unsigned code, unsigned long long p1, unsigned long long p2,
	unsigned long long p3, unsigned long long p4, void *callbacks, void *options, unsigned flags);

struct device {
	unsigned long long id;
	unsigned resets, failed;
};

__attribute__((noinline)) int SampleReportTimeout(struct device *d, unsigned reason)
{
	int status = DbgkWerCaptureLiveKernelDump(L"Sample", 0x1D4, reason, d->id, d->resets, 0, 0, 0, 0);
	if (status < 0)
		d->failed++;
	return status;
}

__attribute__((noinline)) void SampleWatchdogWork(struct device *d)
{
	for (unsigned i = 0; i < d->resets; i++)
		d->id ^= SampleReportTimeout(d, 3);
}

int DriverEntry(struct device *d)
{
	SampleWatchdogWork(d);
	return 0;
}
