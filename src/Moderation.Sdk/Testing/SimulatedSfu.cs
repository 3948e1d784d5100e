// An SFU of one synthetic meeting: forwards SFrame frames, signs receipts, and answers the intake on a loopback port.
using System.Net;
using System.Net.Sockets;
using Moderation.Evidence;
using Moderation.Evidence.Relay;

namespace Moderation.Sdk.Testing;

/// <summary>Time is simulated: the meeting's clock stands where <see cref="AdvanceTo"/> puts it.</summary>
public sealed class SimulatedSfu : IDisposable
{
    private readonly MeetingTime _time;
    private readonly CoseSigner _signer;
    private readonly TimeProvider _wall;
    private readonly CancellationTokenSource _stop = new();
    private HttpListener? _listener;
    private ulong _nextWindowMs;

    /// <param name="meeting">16 bytes.</param>
    /// <param name="signer">The relay's key; the caller disposes it.</param>
    /// <param name="wall">The clock that a question's age is judged by, where it is not the system's.</param>
    public SimulatedSfu(ReadOnlySpan<byte> meeting, DateTimeOffset epoch, CoseSigner signer, TimeProvider? wall = null)
    {
        _wall = wall ?? TimeProvider.System;
        _time = new MeetingTime(epoch);
        _signer = signer;
        Relay = new MeetingRelay(meeting, epoch, signer, _time);
    }

    public MeetingRelay Relay { get; }
    public CoseKey PublicKey => _signer.PublicKey;

    /// <summary>ms on the meeting clock.</summary>
    public ulong NowMs => _time.Ms;

    /// <summary>Lets the meeting's time go on; windows that end meanwhile are signed.</summary>
    public void AdvanceTo(ulong ms)
    {
        var window = (ulong)Relay.Options.Window.TotalMilliseconds;
        while (_nextWindowMs <= ms)
        {
            _time.Ms = Math.Max(_time.Ms, _nextWindowMs);
            Relay.CloseWindows();
            _nextWindowMs += window;
        }
        _time.Ms = Math.Max(_time.Ms, ms);
    }

    /// <summary>Answers questions that this intake signed, until disposed.</summary>
    /// <returns>The address for `attestations_url`.</returns>
    public Uri Listen(CoseKey intake)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}/attestations/");
        _listener = new HttpListener();
        _listener.Prefixes.Add(address.ToString());
        _listener.Start();
        _ = AnswerAsync(_listener, intake, _stop.Token);
        return address;
    }

    public void Dispose()
    {
        if (_stop.IsCancellationRequested)
            return;
        _stop.Cancel();
        _listener?.Close();
    }

    private async Task AnswerAsync(HttpListener listener, CoseKey intake, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            _ = AnswerOneAsync(context, intake, ct);
        }
    }

    private async Task AnswerOneAsync(HttpListenerContext context, CoseKey intake, CancellationToken ct)
    {
        try
        {
            await AnswerAsync(context, intake, ct);
        }
        catch (Exception e)
            when (e is IOException or HttpListenerException or OperationCanceledException or ObjectDisposedException)
        {
            // Who asked is gone; the next question is another one.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context, CoseKey intake, CancellationToken ct)
    {
        using var response = context.Response;
        var question = new byte[RelayQuery.MostBytes + 1];
        var length = await context.Request.InputStream.ReadAtLeastAsync(question, question.Length, false, ct);
        var nowMs = (ulong)_wall.GetUtcNow().ToUnixTimeMilliseconds();
        var answer = length <= RelayQuery.MostBytes ? Relay.Answer(question.AsMemory(0, length), intake, nowMs) : null;
        if (answer is null)
        {
            response.StatusCode = 403;
            return;
        }
        response.ContentType = AttestationQuery.MediaType;
        response.ContentLength64 = answer.Length;
        await response.OutputStream.WriteAsync(answer, ct);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private sealed class MeetingTime(DateTimeOffset epoch) : TimeProvider
    {
        private ulong _ms;

        public ulong Ms
        {
            get => Interlocked.Read(ref _ms);
            set => Interlocked.Exchange(ref _ms, value);
        }

        public override DateTimeOffset GetUtcNow() => epoch.AddMilliseconds(Ms);
    }
}
