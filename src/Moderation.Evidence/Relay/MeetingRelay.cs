// The receipts of one meeting: what its connections carried, window by window, signed and chained (evidence-bundle.md 12.2).
using System.Security.Cryptography;

namespace Moderation.Evidence.Relay;

/// <summary>
/// Makes receipts for one meeting. Safe for any number of threads; a frame never waits for a signature. It keeps hashes,
/// never frames. The one who runs it calls <see cref="CloseWindows"/> about once a window.
/// </summary>
public sealed class MeetingRelay
{
    // The proof of a leaf has at most 16 hashes (evidence-bundle.md 15).
    private const int MostLeaves = 1 << EvidenceLimits.LeafProof;

    // Always taken in this order: signing, roster, one participant's own lock, gate.
    private readonly Lock _signing = new();
    private readonly Lock _roster = new();
    private readonly Lock _gate = new();
    private readonly byte[] _meeting;
    private readonly CoseSigner _signer;
    private readonly DateTimeOffset _epoch;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, ParticipantStreams> _participants = [];
    private readonly Dictionary<StreamKid, KeptKid> _known = [];
    private readonly Queue<KeptWindow> _windows = [];
    private readonly HashSet<StreamKid> _waiting = [];
    private List<ClosedKid> _closed = [];
    private ReceiptChain _chain;
    private long _bytes;

    /// <param name="meeting">16 bytes, the meeting's uuid.</param>
    /// <param name="epoch">The instant from which the meeting clock counts.</param>
    /// <param name="signer">The relay's key; the caller disposes it after the relay.</param>
    /// <param name="chain">Where a relay that restarts goes on.</param>
    /// <exception cref="ArgumentException">The meeting is not of 16 bytes.</exception>
    public MeetingRelay(
        ReadOnlySpan<byte> meeting,
        DateTimeOffset epoch,
        CoseSigner signer,
        TimeProvider clock,
        RelayOptions? options = null,
        ReceiptChain? chain = null
    )
    {
        if (meeting.Length != 16)
            throw new ArgumentException("A meeting has 16 bytes.", nameof(meeting));
        (_meeting, _epoch, _signer, _clock) = (meeting.ToArray(), epoch, signer, clock);
        Options = options ?? new RelayOptions();
        _chain = chain ?? ReceiptChain.Start;
    }

    public RelayOptions Options { get; }

    /// <summary>The public key that verifies the receipts.</summary>
    public CoseKey PublicKey => _signer.PublicKey;

    /// <summary>Where the chain stands; kept by an SFU that wants to go on after a restart.</summary>
    public ReceiptChain Chain
    {
        get
        {
            lock (_gate)
                return _chain;
        }
    }

    /// <summary>Bytes of receipts, leaves and hashes held for questions.</summary>
    public long KeptBytes
    {
        get
        {
            lock (_gate)
                return _bytes;
        }
    }

    /// <summary>ms on the meeting clock.</summary>
    internal ulong NowMs => (ulong)Math.Max(0, (long)(_clock.GetUtcNow() - _epoch).TotalMilliseconds);

    /// <summary>
    /// A participant's authenticated connection. Its streams are that participant's and no other's, for the pseudonym is given
    /// here, by whoever checked who connects, and never by a frame. A later connection of the participant ends an earlier one.
    /// </summary>
    /// <param name="participant">16 bytes.</param>
    /// <exception cref="ArgumentException">The pseudonym is not of 16 bytes, or zeros.</exception>
    public RelayConnection Connect(ReadOnlySpan<byte> participant)
    {
        if (participant.Length != 16 || !participant.ContainsAnyExcept((byte)0))
            throw new ArgumentException("A pseudonym has 16 bytes that are not all zero.", nameof(participant));
        var name = Convert.ToHexStringLower(participant);
        lock (_roster)
        {
            if (!_participants.TryGetValue(name, out var streams))
                _participants[name] = streams = new ParticipantStreams(this, participant.ToArray());
            return streams.Connect();
        }
    }

    /// <summary>
    /// Closes what fell silent and signs one receipt for every window that has ended and in which a KID closed.
    /// </summary>
    /// <returns>The receipts just made, oldest first.</returns>
    public IReadOnlyList<byte[]> CloseWindows()
    {
        // One at a time, for each receipt names the one before; frames go on meanwhile.
        lock (_signing)
        {
            var nowMs = NowMs;
            foreach (var streams in Participants())
                streams.CloseSilent(nowMs);
            List<byte[]> made = [];
            foreach (var (startMs, kids) in EndedWindows(nowMs))
            {
                var window = Sign(startMs, kids);
                lock (_gate)
                    Keep(window);
                made.Add(window.Receipt);
            }
            lock (_gate)
                Forget(nowMs);
            return made;
        }
    }

    /// <summary>What is held of each KID, in order; null where it is not closed, not yet signed, unknown or forgotten.</summary>
    public Attestation?[] Attest(IReadOnlyList<StreamKid> kids)
    {
        var found = new KeptKid?[kids.Count];
        lock (_gate)
        {
            for (var i = 0; i < found.Length; i++)
                found[i] = _known.GetValueOrDefault(kids[i]);
        }
        return [.. found.Select(kept => kept?.ToAttestation())];
    }

    /// <summary>
    /// The answer to the intake's question (<see cref="RelayQuery"/>), ready to be sent as application/cbor; null when this
    /// intake did not sign it, when it is older than a minute or when it is about another meeting.
    /// </summary>
    /// <param name="nowMs">ms since 1970 by the wall clock.</param>
    public byte[]? Answer(ReadOnlyMemory<byte> question, CoseKey intake, ulong nowMs) =>
        RelayQuery.Verify(question, intake, nowMs) is { } query && query.Meeting.AsSpan().SequenceEqual(_meeting)
            ? Attestation.EncodeAll(Attest(query.Kids))
            : null;

    internal bool WasUsed(StreamKid kid)
    {
        lock (_gate)
            return _known.ContainsKey(kid) || _waiting.Contains(kid);
    }

    internal void Add(ClosedKid closed)
    {
        lock (_gate)
        {
            _closed.Add(closed);
            _waiting.Add(closed.Id);
        }
    }

    private ParticipantStreams[] Participants()
    {
        lock (_roster)
        {
            foreach (var (name, streams) in _participants.Where(p => p.Value.IsDone).ToList())
                _participants.Remove(name);
            return [.. _participants.Values];
        }
    }

    // Windows lie on multiples of their length on the meeting clock. What exceeds one receipt's tree goes into the next one.
    private List<(ulong StartMs, List<ClosedKid> Kids)> EndedWindows(ulong nowMs)
    {
        var length = (ulong)Options.Window.TotalMilliseconds;
        var present = nowMs / length;
        lock (_gate)
        {
            var ended = _closed.Where(kid => kid.ClosedMs / length < present).OrderBy(kid => kid.ClosedMs).ToList();
            return
            [
                .. ended
                    .GroupBy(kid => kid.ClosedMs / length)
                    .SelectMany(window =>
                        window.Chunk(MostLeaves).Select(kids => (window.Key * length, kids.ToList()))
                    ),
            ];
        }
    }

    private KeptWindow Sign(ulong startMs, List<ClosedKid> kids)
    {
        byte[][] leaves = [.. kids.Select(kid => MerkleTree.LeafHash(kid.Leaf))];
        var receipt = new RelayReceipt
        {
            Meeting = _meeting,
            Window = _chain.NextWindow,
            WindowStart = startMs,
            WindowEnd = startMs + (ulong)Options.Window.TotalMilliseconds,
            LeafCount = (ulong)leaves.Length,
            Root = MerkleTree.RootOfHashes(leaves),
            Previous = _chain.Previous,
        }.Sign(_signer);
        return new KeptWindow(receipt, leaves, kids, startMs + (ulong)Options.Window.TotalMilliseconds);
    }

    // Only now is a KID out of the waiting list: a signature that fails loses nothing.
    private void Keep(KeptWindow window)
    {
        _chain = new ReceiptChain(_chain.NextWindow + 1, SHA256.HashData(window.Receipt));
        var signed = window.Kids.ToHashSet(ReferenceEqualityComparer.Instance);
        _closed = [.. _closed.Where(kid => !signed.Contains(kid))];
        _waiting.ExceptWith(window.Kids.Select(kid => kid.Id));
        for (var i = 0; i < window.Kids.Count; i++)
            _known[window.Kids[i].Id] = new KeptKid(window, i);
        _windows.Enqueue(window);
        _bytes += window.Size;
    }

    private void Forget(ulong nowMs)
    {
        var kept = (ulong)Options.Kept.TotalMilliseconds;
        while (_windows.TryPeek(out var oldest) && (oldest.EndMs + kept < nowMs || _bytes > Options.KeptBytes))
        {
            _windows.Dequeue();
            _bytes -= oldest.Size;
            foreach (var kid in oldest.Kids)
                _known.Remove(kid.Id);
        }
    }

    private sealed record KeptWindow(byte[] Receipt, byte[][] Leaves, List<ClosedKid> Kids, ulong EndMs)
    {
        public long Size { get; } = Receipt.Length + Kids.Sum(kid => kid.Size);
    }

    private sealed record KeptKid(KeptWindow Window, int Index)
    {
        public Attestation ToAttestation()
        {
            var kid = Window.Kids[Index];
            return new Attestation(
                kid.Leaf,
                (ulong)Index,
                MerkleTree.ProofOfHashes(Window.Leaves, Index),
                Window.Receipt,
                kid.HashList()
            );
        }
    }
}
