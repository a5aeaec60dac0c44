package journal

// SetFold makes n iterations of a loop one record, so that small loops do in a
// test what large ones do.
func SetFold(j *Journal, n int64) { j.fold = n }
