// A small real witness (C2SP tlog-witness): it keeps the newest checkpoint it saw, checks the proof, and cosigns.
using System.Buffers.Binary;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Moderation.Evidence;
using Moderation.Evidence.Audit;

namespace Moderation.IntegrationTests.Audit;

public sealed class WitnessServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly NoteKey _log;
    private readonly CoseSigner _signer = CoseSigner.Generate();
    private readonly SemaphoreSlim _one = new(1, 1);

    private WitnessServer(WebApplication app, NoteKey log, string name)
    {
        (_app, _log) = (app, log);
        Key = NoteKey.From(name, NoteKeyKind.Cosignature, _signer.PublicKey.PublicKey).ShouldNotBeNull();
    }

    public NoteKey Key { get; }
    public Uri Address => new(_app.Urls.Single());

    /// <summary>What it has cosigned last; a test may set it back or ahead.</summary>
    public Checkpoint? Seen { get; set; }
    public List<int> Answers { get; } = [];

    public static async Task<WitnessServer> StartAsync(NoteKey log, string name = "witness.invalid/one")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var witness = new WitnessServer(builder.Build(), log, name);
        witness._app.MapPost("/add-checkpoint", witness.AddAsync);
        await witness._app.StartAsync();
        return witness;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _signer.Dispose();
        _one.Dispose();
    }

    private async Task<IResult> AddAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var body = await reader.ReadToEndAsync();
        await _one.WaitAsync();
        try
        {
            var (status, text) = Judge(body);
            Answers.Add(status);
            return TypedResults.Text(text, status == 409 ? "text/x.tlog.size" : "text/plain", null, status);
        }
        finally
        {
            _one.Release();
        }
    }

    private (int Status, string Text) Judge(string body)
    {
        var split = body.IndexOf("\n\n", StringComparison.Ordinal);
        var head = body[..split].Split('\n');
        var note = body[(split + 2)..];
        if (!head[0].StartsWith("old ", StringComparison.Ordinal))
            return (400, "");
        var old = ulong.Parse(head[0][4..], CultureInfo.InvariantCulture);
        if (Checkpoint.Verify(note, [_log]) is not { } checkpoint)
            return (403, "");
        if (old > checkpoint.Size)
            return (400, "");
        if (old != (Seen?.Size ?? 0))
            return (409, $"{Seen?.Size ?? 0}\n");
        var proof = head[1..].Select(Convert.FromBase64String).ToArray();
        if (
            Seen is { } seen
                ? !MerkleTree.IsConsistent(seen.Size, checkpoint.Size, seen.Root, checkpoint.Root, proof)
                : proof.Length > 0
        )
            return (422, "");
        Seen = checkpoint;
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var time = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(time, now);
        var signed = _signer.Sign(NoteKey.CosignedOf(now, SignedNote.Parse(note)!.Text));
        return (200, new NoteSignature(Key.Name, Key.Id, [.. time, .. signed]).Line);
    }
}
