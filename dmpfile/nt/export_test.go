package nt

// What tests look at from outside.
var ParseDebuggerData = parseDebuggerData
