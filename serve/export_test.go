package serve

// EachMetric calls is with each family of metrics of a server, for tests.
func EachMetric(s *Server, is func(name, kind string, labels []string)) { s.measures.set.Each(is) }
