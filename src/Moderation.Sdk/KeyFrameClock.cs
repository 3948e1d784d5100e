// Decides when to ask a sender for a key frame, so that "the last X seconds" can be cut close (sdk-and-cli.md 1.2).
using System.Security.Cryptography;

namespace Moderation.Sdk;

/// <summary>Every 4 s with jitter a video track; every 2 s while a report dialog is open. One that just made a key frame is let be.</summary>
internal sealed class KeyFrameClock(TimeProvider clock)
{
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(4);
    public static readonly TimeSpan WhileReporting = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private readonly Dictionary<MediaTrack, DateTimeOffset> _due = [];
    private int _dialogs;

    public void Add(MediaTrack track)
    {
        if (track.Kind != TrackKind.Video)
            return;
        lock (_gate)
            _due[track] = Next();
    }

    public void Remove(MediaTrack track)
    {
        lock (_gate)
            _due.Remove(track);
    }

    /// <summary>A key frame came: the next one is due an interval from now.</summary>
    public void Came(MediaTrack track)
    {
        lock (_gate)
            if (_due.ContainsKey(track))
                _due[track] = Next();
    }

    /// <summary>A frame could not be used for want of a key frame.</summary>
    public void AskSoon(MediaTrack track)
    {
        lock (_gate)
            if (_due.TryGetValue(track, out var due))
                _due[track] = Min(due, clock.GetUtcNow() + TimeSpan.FromMilliseconds(500));
    }

    public void OpenDialog()
    {
        lock (_gate)
        {
            _dialogs++;
            var latest = clock.GetUtcNow() + WhileReporting;
            foreach (var track in _due.Keys.ToList())
                _due[track] = Min(_due[track], latest);
        }
    }

    public void CloseDialog()
    {
        lock (_gate)
            _dialogs--;
    }

    /// <summary>The tracks to ask now.</summary>
    public List<MediaTrack> TakeDue()
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var due = _due.Where(entry => entry.Value <= now).Select(entry => entry.Key).ToList();
            foreach (var track in due)
                _due[track] = Next();
            return due;
        }
    }

    // Jitter of a tenth either way: many receivers must not ask one sender in the same moment.
    private DateTimeOffset Next()
    {
        var interval = _dialogs > 0 ? WhileReporting : Usual;
        var permille = RandomNumberGenerator.GetInt32(900, 1_101);
        return clock.GetUtcNow() + interval * permille / 1_000;
    }

    private static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
