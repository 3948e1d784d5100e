// What a user asked to report.
using System.Diagnostics.CodeAnalysis;

namespace Moderation.Sdk;

/// <summary>Given to <see cref="EvidenceSession.Freeze"/>.</summary>
public sealed record FreezeRequest
{
    public FreezeRequest() { }

    [SetsRequiredMembers]
    public FreezeRequest(IReadOnlyList<byte[]> subjects, TimeSpan window, UserGesture gesture) =>
        (Subjects, Window, Gesture) = (subjects, window, gesture);

    /// <summary>Pseudonyms of 16 bytes, at most 50; none means the meeting itself.</summary>
    public required IReadOnlyList<byte[]> Subjects { get; init; }

    /// <summary>How much of the ring goes into the draft; never more than the ring keeps.</summary>
    public required TimeSpan Window { get; init; }

    /// <summary>The user's act.</summary>
    public required UserGesture Gesture { get; init; }
}
