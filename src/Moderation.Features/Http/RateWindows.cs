// Counts requests in windows of one minute, in memory: a limit is a fence against floods and not a bill (docs/decisions/0052).
using System.Collections.Concurrent;

namespace Moderation.Features.Http;

/// <summary>What is left of a limit after one request took its part.</summary>
/// <param name="Remaining">Below zero when it was refused.</param>
public readonly record struct RateTaken(string Policy, long Quota, long Remaining, int ResetSeconds)
{
    public bool IsRefused => Remaining < 0;
}

public sealed class RateWindows(TimeProvider clock)
{
    public const int WindowSeconds = 60;

    // A flood of made-up names must not fill the memory: beyond this many they share one count.
    private const int MostKeys = 100_000;
    private Window _window = new(0);

    public RateTaken Take(string policy, string key, long quota)
    {
        var seconds = clock.GetUtcNow().ToUnixTimeSeconds();
        var window = WindowAt(seconds / WindowSeconds);
        var name = window.Counts.Count < MostKeys ? $"{policy} {key}" : policy;
        var count = window.Counts.AddOrUpdate(name, 1, static (_, before) => before + 1);
        return new RateTaken(policy, quota, quota - count, (int)(WindowSeconds - (seconds % WindowSeconds)));
    }

    private Window WindowAt(long number)
    {
        for (; ; )
        {
            var current = Volatile.Read(ref _window);
            if (current.Number == number)
                return current;
            Interlocked.CompareExchange(ref _window, new Window(number), current);
        }
    }

    private sealed class Window(long number)
    {
        public long Number => number;
        public ConcurrentDictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);
    }
}
