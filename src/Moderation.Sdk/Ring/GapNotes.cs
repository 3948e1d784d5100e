// Why a stream has nothing for some while: what is told to the reader of a gap (evidence-bundle.md 6.3).
namespace Moderation.Sdk.Ring;

/// <summary>Gap reasons of evidence-bundle.md 6.3.</summary>
internal static class GapReason
{
    public const uint EvictedForSpace = 64;
    public const uint NeverReceived = 65;
    public const uint TakenOutByReporter = 66;
    public const uint CameraOrMicrophoneOff = 67;
    public const uint ClientSuspended = 68;
    public const uint Other = 69;
}

internal readonly record struct GapNote(ulong FromMs, ulong ToMs, uint Reason);

/// <summary>Bounded: notes older than any window go, and past the bound neighbours of one reason are told as one.</summary>
internal sealed class GapNotes
{
    private const int Most = 1_024;
    private readonly List<GapNote> _notes = [];

    public IReadOnlyList<GapNote> All => _notes;

    public void Add(ulong fromMs, ulong toMs, uint reason)
    {
        if (toMs <= fromMs)
            return;
        if (_notes.Count > 0 && _notes[^1].Reason == reason && _notes[^1].ToMs >= fromMs)
        {
            var last = _notes[^1];
            _notes[^1] = new GapNote(Math.Min(last.FromMs, fromMs), Math.Max(last.ToMs, toMs), reason);
            return;
        }
        if (_notes.Count == Most)
            _notes.RemoveAt(0);
        _notes.Add(new GapNote(fromMs, toMs, reason));
    }

    public void ForgetBefore(ulong ms) => _notes.RemoveAll(note => note.ToMs <= ms);
}
