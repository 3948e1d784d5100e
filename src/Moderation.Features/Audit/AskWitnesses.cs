// Asks the configured witnesses to cosign each new checkpoint (C2SP tlog-witness), and keeps what they sign.
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moderation.Data;
using Moderation.Evidence.Audit;

namespace Moderation.Features.Audit;

/// <summary>`Audit:Witnesses:N:Url` is where `add-checkpoint` lies below, `:Key` the witness's public note key.</summary>
public sealed record Witness(Uri Url, NoteKey Key)
{
    public static IReadOnlyList<Witness> Of(IConfiguration configuration) =>
        [
            .. configuration
                .GetSection("Audit:Witnesses")
                .GetChildren()
                .Select(section => new Witness(
                    new Uri((section["Url"] ?? throw Lacks(section, "Url")).TrimEnd('/') + "/"),
                    NoteKey.Parse(section["Key"] ?? "") is { Kind: NoteKeyKind.Cosignature } key
                        ? key
                        : throw Lacks(section, "Key")
                )),
        ];

    private static InvalidOperationException Lacks(IConfigurationSection section, string member) =>
        new($"{section.Path}:{member} is missing or not what it should be.");
}

public sealed class AskWitnesses(
    IServiceScopeFactory scopes,
    IConfiguration configuration,
    TimeProvider clock,
    ILogger<AskWitnesses> log
) : BackgroundService
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _pauseAfterFault = TimeSpan.FromSeconds(10);
    private readonly HttpClient _http = new()
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = 64 * 1024,
    };

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Witness.Of(configuration).Select(witness => KeepAskingAsync(witness, stoppingToken)));

    /// <summary>Asks one witness about the newest checkpoint; true when it has cosigned it, now or before.</summary>
    public async Task<bool> AskAsync(Witness witness, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ModerationDb>();
        var tree = scope.ServiceProvider.GetRequiredService<LogTree>();
        var newest = await db.AuditCheckpoints.AsNoTracking().OrderByDescending(c => c.Size).FirstOrDefaultAsync(ct);
        if (newest is null)
            return true;
        var name = witness.Key.Name;
        var known = await db.AuditCosignatures.Where(w => w.Witness == name).MaxAsync(w => (long?)w.Size, ct) ?? 0;
        if (known == newest.Size)
            return true;
        var (status, body) = await SendAsync(witness, known, newest, tree, ct);
        // It has seen more or less of us than we thought, and says how much.
        if (
            status == HttpStatusCode.Conflict
            && long.TryParse(body.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var seen)
            && seen <= newest.Size
        )
            (status, body) = await SendAsync(witness, seen, newest, tree, ct);
        if (status != HttpStatusCode.OK || CosignatureIn(body, newest, witness.Key) is not { } line)
        {
            log.LogWarning("Witness {Witness} answered {Status} and no good cosignature.", name, (int)status);
            return false;
        }
        var at = await db.NowAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into audit_cosignatures (size, witness, line, at)
            values ({newest.Size}, {name}, {line}, {at}) on conflict do nothing
            """,
            ct
        );
        return true;
    }

    private async Task KeepAskingAsync(Witness witness, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var pause = _pause;
            try
            {
                if (!await AskAsync(witness, ct))
                    pause = _pauseAfterFault;
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                log.LogWarning("Witness {Witness} failed with {ErrorClass}.", witness.Key.Name, e.GetType().Name);
                pause = _pauseAfterFault;
            }
            await Task.Delay(pause, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(HttpStatusCode Status, string Body)> SendAsync(
        Witness witness,
        long old,
        AuditCheckpoint checkpoint,
        LogTree tree,
        CancellationToken ct
    )
    {
        // A tree of nothing is in every tree, without proof.
        var proof = old == 0 ? [] : await tree.ConnectAsync(old, checkpoint.Size, ct);
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"old {old}\n");
        foreach (var hash in proof)
            text.Append(Convert.ToBase64String(hash)).Append('\n');
        text.Append('\n').Append(checkpoint.Note);
        using var body = new StringContent(text.ToString(), Encoding.UTF8, "text/plain");
        using var answer = await _http.PostAsync(new Uri(witness.Url, "add-checkpoint"), body, ct);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(ct));
    }

    private static string? CosignatureIn(string body, AuditCheckpoint checkpoint, NoteKey key) =>
        SignedNote.Parse(checkpoint.Note) is { } note
            ? body.Split('\n')
                .Select(NoteSignature.Parse)
                .FirstOrDefault(line => line is not null && key.Verifies(note.Text, line))
                ?.Line
            : null;
}
