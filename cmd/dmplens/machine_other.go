//go:build !linux && !windows && !darwin

package main

// machineMemory returns 0: how much memory the machine has is not asked here.
func machineMemory() int64 { return 0 }
