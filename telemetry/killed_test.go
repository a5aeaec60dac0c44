package telemetry_test

func killedMain() bool { return false }
