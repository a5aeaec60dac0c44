package connector

// StatusNotDone reports whether an HTTP status says for sure that the request was
// not done, so that it may be sent again whatever it changes: 4xx, and of 5xx those
// of a server that does not know the request (501, 505) or never got it (511). A
// server that answers 503 and says when to come back may have done it: who answers
// may stand in front of who does.
func StatusNotDone(status int) bool {
	switch status {
	case 501, 505, 511:
		return true
	default:
		return status >= 400 && status < 500
	}
}
