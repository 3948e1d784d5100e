// The product with vault and custodian running, and reports filed in it.
using Microsoft.EntityFrameworkCore;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Opening;

public sealed class VaultApp(PostgresCluster cluster) : App(cluster)
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await StartVaultAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class OpeningCollection : ICollectionFixture<VaultApp>
{
    public const string Name = "opening";
}

public static class Reported
{
    public static readonly TimeSpan SixSeconds = TimeSpan.FromSeconds(6);

    public static async Task<(FiledReport Report, CaseId Case)> FileAsync(
        this App app,
        (string Reason, uint Number)? reason = null,
        string? note = null,
        string? chat = null
    )
    {
        using var host = await MeetingHost.JoinAsync(await app.PlatformAsync(), app.KeysDir);
        var report = await host.ReportAsync(SixSeconds, reason, note, chat);
        return (report, await app.CaseOfAsync(report.Id));
    }

    public static Task<CaseId> CaseOfAsync(this App app, string report) =>
        app.InDbAsync(db =>
        {
            ReportId.TryParse(report, null, out var id).ShouldBeTrue();
            return db.ReportSubjects.Where(s => s.ReportId == id).Select(s => s.CaseId).SingleAsync();
        });

    /// <summary>The file that holds the ciphertext of one segment.</summary>
    public static async Task<string> BlobOfAsync(this App app, string report, int index)
    {
        ReportId.TryParse(report, null, out var id).ShouldBeTrue();
        var hash = await app.InDbAsync(db =>
            db.ReportSegments.Where(s => s.ReportId == id && s.Index == index)
                .Select(s => s.CiphertextHash)
                .SingleAsync()
        );
        var name = Convert.ToHexStringLower(hash);
        return Path.Combine(app.DataDir, "blobs", name[..2], name[2..4], name);
    }

    /// <summary>The payload of the last event of this kind on the case, with its actor.</summary>
    public static Task<(string? Payload, string? Actor)> LastSaidAsync(this App app, string kind, CaseId about) =>
        app.InDbAsync(async db =>
        {
            var line = await db
                .Events.Where(e => e.Kind == kind && e.CaseId == about.Value)
                .OrderByDescending(e => e.OccurredAt)
                .FirstOrDefaultAsync();
            return (line?.Payload, line?.Actor);
        });
}
