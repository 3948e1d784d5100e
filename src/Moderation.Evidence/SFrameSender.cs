// A sender's side of one KID: its key, the commitment that goes to the relay in clear, and its frames (section 12.1).
using System.Security.Cryptography;
using Moderation.Evidence.Opening;

namespace Moderation.Evidence;

/// <summary>Seals the frames of one segment under one KID with cipher suite 5; CTR counts from 0. For one thread.</summary>
public sealed class SFrameSender : IDisposable
{
    private readonly SFrame _sframe;
    private readonly byte[] _baseKey;
    private ulong _ctr;

    /// <param name="epochSecret">The sender's secret of this epoch.</param>
    /// <param name="kid">New for every segment of every track.</param>
    public SFrameSender(ReadOnlySpan<byte> epochSecret, ulong kid)
        : this(kid, SegmentKeys.SFrameBaseKey(epochSecret, kid)) { }

    private SFrameSender(ulong kid, byte[] baseKey)
    {
        Kid = kid;
        _baseKey = baseKey;
        _sframe = new SFrame(_baseKey, kid);
        KeyCommitment = SegmentKeys.SFrameKeyCommitment(_baseKey, kid);
    }

    /// <summary>For a sender whose K_seg was derived elsewhere.</summary>
    /// <param name="baseKey">K_seg, 32 bytes; copied.</param>
    public static SFrameSender FromBaseKey(ReadOnlySpan<byte> baseKey, ulong kid) => new(kid, baseKey.ToArray());

    public ulong Kid { get; }

    /// <summary>kc, 32 bytes: the relay gets it when the KID starts.</summary>
    public byte[] KeyCommitment { get; }

    /// <summary>K_seg, 32 bytes, for the members of the meeting; the caller zeroes the copy.</summary>
    public byte[] BaseKey() => (byte[])_baseKey.Clone();

    /// <summary>The next SFrame frame: whole top-level boxes, the CMAF header in the first one.</summary>
    public byte[] Seal(ReadOnlySpan<byte> boxes) => _sframe.Seal(Kid, _ctr++, boxes);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_baseKey);
        _sframe.Dispose();
    }
}
