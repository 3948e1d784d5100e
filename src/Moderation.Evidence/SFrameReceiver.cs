// A receiver's side of one KID: opens its frames and puts the media together (section 12.1).
using Moderation.Evidence.Opening;

namespace Moderation.Evidence;

/// <summary>Opens frames under one base key with cipher suite 5. For one thread; Dispose erases the cipher's key.</summary>
/// <param name="baseKey">K_seg, 32 bytes.</param>
public sealed class SFrameReceiver(ReadOnlySpan<byte> baseKey, ulong kid) : IDisposable
{
    private readonly SFrame _sframe = new(baseKey, kid);

    /// <summary>The frame's counter; null when it has no header in its shortest form, or names another KID.</summary>
    public ulong? CounterOf(ReadOnlySpan<byte> frame) =>
        SFrame.ParseHeader(frame) is { } header && header.Kid == kid ? header.Ctr : null;

    /// <summary>Writes the frame's plaintext; its length, or -1 when the frame does not open.</summary>
    /// <param name="into">At least as long as the frame.</param>
    public int Open(ReadOnlySpan<byte> frame, Span<byte> into) =>
        SFrame.ParseHeader(frame) is { } header && header.Kid == kid ? _sframe.OpenInto(frame, header, into) : -1;

    public void Dispose() => _sframe.Dispose();
}
