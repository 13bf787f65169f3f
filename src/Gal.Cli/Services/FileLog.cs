using Microsoft.Extensions.Logging;

namespace Gal.Cli.Services;

/// <summary>Writes the services' log into a file, so that it does not disturb the display.</summary>
internal sealed class FileLog : ILoggerProvider
{
    private readonly StreamWriter _writer;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();

    /// <summary>Appends to the file; makes its folder.</summary>
    public FileLog(string path, TimeProvider time)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        _time = time;
    }

    /// <summary>Makes a host log here, and nowhere else.</summary>
    public void Configure(ILoggingBuilder logging) =>
        logging.AddProvider(this).SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error).AddFilter("Grpc", LogLevel.Warning);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _writer.Dispose();
        }
    }

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        lock (_lock)
        {
            // Hosts that stop late may log after the file is closed.
            if (_writer.BaseStream is not null)
            {
                _writer.WriteLine($"{_time.GetLocalNow():HH:mm:ss.fff} {level} {category}: {message}{(exception is null ? "" : Environment.NewLine + exception)}");
            }
        }
    }

    private sealed class Logger(FileLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Write(logLevel, category, formatter(state, exception), exception);
    }
}
