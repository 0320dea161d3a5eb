// The system call that captures a live dump (documented by System Informer's headers), as much of it as is needed here.
typedef struct {
	unsigned Version, BugCheckCode;
	unsigned long long Parameters[4];
	void *DumpFileHandle, *CancelEventHandle;
	unsigned Flags, AddPagesControl;
} Control;

#ifdef __cplusplus
extern "C"
#endif
__declspec(dllimport) int NtSystemDebugControl(int command, const void *in, unsigned inLength, void *out, unsigned outLength, unsigned *returned);
