// Passes on what Hangfire logs, with the class of an exception and never its text.
using Hangfire.Logging;
using LogLevel = Hangfire.Logging.LogLevel;

namespace Moderation.Server;

public sealed class JobLog(ILoggerFactory loggers) : ILogProvider
{
    // Made once: Hangfire keeps this object in a static and may ask it after the host has gone.
    private readonly Line _line = new(loggers.CreateLogger("Moderation.Server.Jobs"));

    public ILog GetLogger(string name) => _line;

    private sealed class Line(ILogger log) : ILog
    {
        public bool Log(LogLevel logLevel, Func<string>? messageFunc, Exception? exception = null)
        {
            if (logLevel < LogLevel.Warn)
                return false;
            if (messageFunc is null)
                return true;
            var level =
                logLevel == LogLevel.Warn
                    ? Microsoft.Extensions.Logging.LogLevel.Warning
                    : Microsoft.Extensions.Logging.LogLevel.Error;
            log.Log(level, "{Message} {ErrorClass}", messageFunc(), exception?.GetType().FullName ?? "");
            return true;
        }
    }
}
