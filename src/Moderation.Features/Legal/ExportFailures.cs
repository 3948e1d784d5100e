// Ends an export that could not be made: no file stays, the record says so, the number is not used again (CP-34).
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Moderation.Contracts.Legal;
using Moderation.Data;
using Moderation.Domain.Legal;

namespace Moderation.Features.Legal;

/// <summary>Works in a scope of its own: the transaction of what failed may be in any state.</summary>
public sealed class ExportFailures(IServiceScopeFactory scopes, ExportFolders folders, TimeProvider clock)
{
    public async Task FailAsync(ExportId id, string code, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ModerationDb>();
        var book = scope.ServiceProvider.GetRequiredService<CustodyBook>();
        await using var work = await db.Database.BeginTransactionAsync(ct);
        var about = await db.Exports.Where(e => e.Id == id).Select(e => e.CaseId).SingleAsync(ct);
        var reference = await book.LockAsync(about, ct);
        var export = await ExportRows.LockAsync(db, id, ct);
        // Somebody else may have ended it meanwhile, or it was published after all.
        if (export.Make(ExportMove.Fail).Refusal is not null)
            return;
        ExportFolders.Drop(folders.Staging(id));
        ExportFolders.Drop(folders.Published(export.GroupName(reference)));
        var now = clock.GetUtcNow();
        export.Failure = code;
        await book.AppendAsync(
            about,
            new CustodyAct
            {
                Entry = NameUuid.Of(about.Value, $"{id}|export_failed"),
                At = now,
                Action = "export_failed",
                Actor = "system:exporter",
                ActorRole = "exporter",
                Authority = $"legal:{export.ProcessId}",
                Reason = "export_failed",
                Evidence = [],
                Method = code,
                Tool = $"case-exporter/{CustodyBook.Version}",
            },
            ct
        );
        var said = db.Say(ExportFailed.Kind, new ExportFailed(id.ToString(), about.ToString(), code), now);
        (said.CaseId, said.Actor) = (about.Value, "system:exporter");
        await db.SaveChangesAsync(ct);
        await work.CommitAsync(ct);
    }
}
