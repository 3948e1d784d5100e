// The open KIDs of one participant, and the one connection that may write to them.
namespace Moderation.Evidence.Relay;

internal sealed class ParticipantStreams(MeetingRelay relay, byte[] participant)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, OpenKid> _open = [];

    // By identity alone: the one that counts now.
    private object? _connection;
    private ulong _startsWindow;
    private int _starts;

    /// <summary>Nobody is connected and nothing is open.</summary>
    public bool IsDone
    {
        get
        {
            lock (_gate)
                return _connection is null && _open.Count == 0;
        }
    }

    public RelayConnection Connect()
    {
        lock (_gate)
        {
            var connection = new RelayConnection(this);
            _connection = connection;
            return connection;
        }
    }

    // What it left open closes by silence, as for a sender whose network is gone.
    public void Disconnect(RelayConnection connection)
    {
        lock (_gate)
            if (_connection == connection)
                _connection = null;
    }

    public RelayAnswer Start(RelayConnection connection, uint stream, ulong kid, ReadOnlySpan<byte> commitment)
    {
        lock (_gate)
        {
            if (connection != _connection)
                return RelayAnswer.ConnectionEnded;
            if (commitment.Length != 32)
                return RelayAnswer.CommitmentMalformed;
            var id = new StreamKid(participant, stream, kid);
            var before = _open.GetValueOrDefault(stream);
            if (before?.Id == id || relay.WasUsed(id))
                return RelayAnswer.KidUsed;
            if (before is null && _open.Count >= relay.Options.StreamsPerParticipant)
                return RelayAnswer.TooManyStreams;
            var nowMs = relay.NowMs;
            if (!MayStart(nowMs))
                return RelayAnswer.TooManyKids;
            if (before is not null)
                Close(before, nowMs);
            _open[stream] = new OpenKid(id, commitment.ToArray(), nowMs);
            return RelayAnswer.Taken;
        }
    }

    public RelayAnswer Forward(RelayConnection connection, uint stream, ReadOnlySpan<byte> frame)
    {
        if (Opening.SFrame.ParseHeader(frame) is not { } header)
            return RelayAnswer.FrameMalformed;
        lock (_gate)
        {
            if (connection != _connection)
                return RelayAnswer.ConnectionEnded;
            var nowMs = relay.NowMs;
            CloseWhenSilent(stream, nowMs);
            if (!_open.TryGetValue(stream, out var open) || open.Id.Kid != header.Kid)
                return RelayAnswer.KidNotOpen;
            if (open.IsFull)
                return RelayAnswer.TooManyFrames;
            open.Append(frame, nowMs);
            return RelayAnswer.Taken;
        }
    }

    public void CloseSilent(ulong nowMs)
    {
        lock (_gate)
            foreach (var stream in _open.Keys.ToList())
                CloseWhenSilent(stream, nowMs);
    }

    private bool MayStart(ulong nowMs)
    {
        var window = nowMs / (ulong)relay.Options.Window.TotalMilliseconds;
        if (window != _startsWindow)
            (_startsWindow, _starts) = (window, 0);
        return ++_starts <= relay.Options.KidsPerWindow;
    }

    private void CloseWhenSilent(uint stream, ulong nowMs)
    {
        var silence = (ulong)relay.Options.Silence.TotalMilliseconds;
        if (!_open.TryGetValue(stream, out var open) || nowMs - Math.Min(nowMs, open.LastMs) < silence)
            return;
        _open.Remove(stream);
        Close(open, open.LastMs + silence);
    }

    private void Close(OpenKid open, ulong closedMs)
    {
        if (open.Close(closedMs) is { } closed)
            relay.Add(closed);
    }
}
