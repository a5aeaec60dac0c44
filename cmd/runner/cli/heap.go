package cli

// spareHeap is how many bytes of memory the collector takes for used that are
// not: a heap that holds little is then collected after some 32 MiB of garbage
// and not after 4.
const spareHeap = 32 << 20

// spare gives memory to keep as long as the program runs. It is never touched,
// so the system never provides it. There is none where the environment decides
// how the heap grows.
func spare(env func(string) (string, bool)) []byte {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if value, _ := env(name); value != "" {
			return nil
		}
	}
	return make([]byte, spareHeap)
}
