package connector

// LogLevel is the weight of a log line.
type LogLevel string

// The levels, as zerolog names them.
const (
	LogDebug LogLevel = "debug"
	LogInfo  LogLevel = "info"
	LogWarn  LogLevel = "warn"
	LogError LogLevel = "error"
)

// LogLevels lists every level, the lightest first.
func LogLevels() []LogLevel { return []LogLevel{LogDebug, LogInfo, LogWarn, LogError} }

// LogFunc takes a line for the log of the run. Secrets in it are masked before
// anybody sees it. The fields are as the operation has them, so they are not
// changed.
type LogFunc func(level LogLevel, message string, fields map[string]any)
