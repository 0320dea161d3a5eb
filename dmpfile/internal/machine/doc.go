// Package machine reads the records of the streams that say what machine a dump comes from: the firmware's SMBIOS tables, the processor's registry
// values and its registers. What the records mean is up to its callers.
package machine
