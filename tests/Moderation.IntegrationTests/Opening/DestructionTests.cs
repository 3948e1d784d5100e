// Destroyed is not missing: one report's evidence, and all evidence under one key, gone and said to be gone.
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Opening;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;
using Moderation.Evidence.Custody;
using Moderation.Features.Http;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Opening;

[Collection(OpeningCollection.Name)]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class DestructionTests(VaultApp app)
{
    [Fact]
    public async Task Two_custodians_destroy_a_report_and_a_certificate_says_so()
    {
        var (report, about) = await app.FileAsync(note: "gone tomorrow");
        var blob = await app.BlobOfAsync(report.Id, 0);
        File.Exists(blob).ShouldBeTrue();
        var (first, second) = (await app.StaffAsync(StaffRole.Custodian), await app.StaffAsync(StaffRole.Custodian));

        var asked = await (await PostAsync(first, report.Id)).ShouldBeAsync<DestructionShape>(200);
        asked.State.ShouldBe("asked");
        File.Exists(blob).ShouldBeTrue();
        await (await PostAsync(first, report.Id)).ShouldBeProblemAsync(409, "destruction.second-person");
        var done = await (await PostAsync(second, report.Id)).ShouldBeAsync<DestructionShape>(200);

        done.State.ShouldBe("destroyed");
        Bytes.TryRead(done.Certificate, out var bytes).ShouldBeTrue();
        var certificate = DestructionCertificate.Verify(bytes, app.PublicKey("vault.pub")).ShouldNotBeNull();
        certificate.Thing.ShouldBe(DestroyedThing.Bundle);
        certificate.Subject.ShouldBe(report.ContentId);
        certificate.Actors.ShouldBe([first.Member.Id.ToString(), second.Member.Id.ToString()]);
        certificate.Reason.ShouldBe("Retention has ended.");
        File.Exists(blob).ShouldBeFalse();
        (
            await app.InDbAsync(db => db.Reports.SingleAsync(r => r.ContentId == report.ContentId))
        ).HeadPart.ShouldBeEmpty();
        (await app.LastSaidAsync(EvidenceDestroyed.Kind, about)).Actor.ShouldBe(second.Member.Id.ToString());
        // A third call finishes what a kill may have left and gives the same certificate.
        (await (await PostAsync(first, report.Id)).ShouldBeAsync<DestructionShape>(200)).Certificate.ShouldBe(
            done.Certificate
        );
    }

    [Fact]
    public async Task Keys_go_before_ciphertext_so_that_a_fall_in_between_leaves_nothing_to_read()
    {
        var (report, about) = await app.FileAsync(note: "falls in between");
        using var analyst = await AnalystTab.OpenAsync(app);
        await analyst.ClaimAsync(about);
        var terms = analyst.Terms(report.ContentId, about, 0);
        var blob = await app.BlobOfAsync(report.Id, 0);
        var ciphertext = await File.ReadAllBytesAsync(blob);
        var (first, second) = (await app.StaffAsync(StaffRole.Custodian), await app.StaffAsync(StaffRole.Custodian));
        await (await PostAsync(first, report.Id)).ShouldBeAsync(200);

        // The store falls at the first ciphertext it should delete: a folder stands in its place.
        File.Delete(blob);
        Directory.CreateDirectory(blob);
        using (var fell = await PostAsync(second, report.Id))
            fell.StatusCode.ShouldBe(System.Net.HttpStatusCode.InternalServerError);
        Directory.Delete(blob);
        await File.WriteAllBytesAsync(blob, ciphertext);

        // The ciphertext is all there, and neither a wrap nor a vault that would open one.
        var left = await app.InDbAsync(db =>
            db.Reports.AsNoTracking().SingleAsync(r => r.ContentId == report.ContentId)
        );
        left.HeadPart.ShouldBeEmpty();
        left.State.ShouldBe(ReportState.EvidenceDestroyed);
        File.ReadLines(Path.Combine(app.KeysDir, "vault", "state", "destroyed.log"))
            .ShouldContain(line => line.Contains(Convert.ToHexStringLower(report.ContentId)));
        using var opening = await analyst.AskAsync(report.Id, terms);
        await opening.ShouldBeProblemAsync(410, "report.evidence-destroyed");

        // The same call again finishes it.
        await (await PostAsync(second, report.Id)).ShouldBeAsync(200);
        File.Exists(blob).ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_restored_backup_brings_back_is_destroyed_again_from_the_tombstones()
    {
        var (report, _) = await app.FileAsync(note: "in the backup");
        var blob = await app.BlobOfAsync(report.Id, 0);
        var bytes = await File.ReadAllBytesAsync(blob);
        var head = await app.InDbAsync(db =>
            db.Reports.Where(r => r.ContentId == report.ContentId).Select(r => r.HeadPart).SingleAsync()
        );
        var (first, second) = (await app.StaffAsync(StaffRole.Custodian), await app.StaffAsync(StaffRole.Custodian));
        await (await PostAsync(first, report.Id)).ShouldBeAsync<DestructionShape>(200);
        var done = await (await PostAsync(second, report.Id)).ShouldBeAsync<DestructionShape>(200);

        // The rows and the bytes as the backup had them.
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"""
                with back as (update reports set state = 'Complete', head_part = {head}
                  where content_id = {report.ContentId} returning id),
                asked as (update evidence_destructions set destroyed_at = null, certificate = null
                  where report_id in (select id from back))
                update report_segments set stored_at = now() where report_id in (select id from back)
                """
            )
        );
        await File.WriteAllBytesAsync(blob, bytes);
        using var replay =
            Microsoft.Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<Features.Storage.ReplayTombstones>(
                app.Services
            );
        await replay.StartAsync(TestContext.Current.CancellationToken);

        replay.IsDone.ShouldBeTrue();
        File.Exists(blob).ShouldBeFalse();
        var row = await app.InDbAsync(db => db.Reports.SingleAsync(r => r.ContentId == report.ContentId));
        (row.State, row.HeadPart.Length).ShouldBe((Domain.Reports.ReportState.EvidenceDestroyed, 0));
        var shown = await (await PostAsync(first, report.Id)).ShouldBeAsync<DestructionShape>(200);
        shown.Certificate.ShouldBe(done.Certificate);
    }

    [Fact]
    public async Task What_was_destroyed_is_said_to_be_destroyed_wherever_it_is_asked_for()
    {
        var (report, about) = await app.FileAsync(note: "said to be gone");
        using var analyst = await AnalystTab.OpenAsync(app);
        await analyst.ClaimAsync(about);
        var terms = analyst.Terms(report.ContentId, about, 0);
        await DestroyAsync(report.Id);

        using var opening = await analyst.AskAsync(report.Id, terms);
        await opening.ShouldBeProblemAsync(410, "report.evidence-destroyed");
        foreach (var part in (string[])["manifest", "segments/0", "segments/0/descriptor"])
        {
            using var read = await analyst.Http.GetAsync($"/v1/reports/{report.Id}/{part}");
            await read.ShouldBeProblemAsync(410, "report.evidence-destroyed");
        }
    }

    [Fact]
    public async Task A_report_that_came_back_from_a_backup_stays_destroyed_for_the_vault()
    {
        var (report, about) = await app.FileAsync(note: "from a backup");
        using var analyst = await AnalystTab.OpenAsync(app);
        await analyst.ClaimAsync(about);
        var before = await app.InDbAsync(db =>
            db.Reports.AsNoTracking().SingleAsync(r => r.ContentId == report.ContentId)
        );
        var blob = await app.BlobOfAsync(report.Id, 0);
        var bytes = await File.ReadAllBytesAsync(blob);
        await DestroyAsync(report.Id);

        // An old database and an old blob store, as a restore brings them.
        await app.InDbAsync(db =>
            db.Reports.Where(r => r.ContentId == report.ContentId)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(r => r.HeadPart, before.HeadPart).SetProperty(r => r.State, ReportState.Complete)
                )
        );
        await app.InDbAsync(db =>
            db.ReportSegments.Where(r => r.ReportId == before.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.StoredAt, app.Clock.GetUtcNow()))
        );
        await File.WriteAllBytesAsync(blob, bytes);

        using var opening = await analyst.AskAsync(report.Id, analyst.Terms(report.ContentId, about, 0));
        await opening.ShouldBeProblemAsync(410, "report.evidence-destroyed");
    }

    [Theory]
    [InlineData(StaffRole.Admin)]
    [InlineData(StaffRole.Senior)]
    [InlineData(StaffRole.Liaison)]
    public async Task Nobody_but_custodians_destroys(StaffRole role)
    {
        var (report, _) = await app.FileAsync(note: "not yours");
        (await PostAsync(await app.StaffAsync(role), report.Id)).StatusCode.ShouldBe(
            System.Net.HttpStatusCode.Forbidden
        );
    }

    private async Task DestroyAsync(string report)
    {
        await (await PostAsync(await app.StaffAsync(StaffRole.Custodian), report)).ShouldBeAsync(200);
        await (await PostAsync(await app.StaffAsync(StaffRole.Custodian), report)).ShouldBeAsync(200);
    }

    private static Task<HttpResponseMessage> PostAsync(StaffLogin who, string report) =>
        who.Http.PostAsync(
            $"/v1/reports/{report}:destroy-evidence",
            Answers.Json(new DestructionRequest("Retention has ended."))
        );
}

/// <summary>An app of its own: its keys are rotated and one is destroyed.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class DestroyedKeyTests(PostgresCluster cluster) : IAsyncLifetime
{
    private readonly VaultApp app = new(cluster);

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task Intake_takes_the_old_key_until_it_is_retired_and_a_destroyed_key_is_not_a_missing_one()
    {
        var platform = await app.PlatformAsync();
        using var host = await MeetingHost.JoinAsync(platform, app.KeysDir);
        var first = await host.ReportAsync(Reported.SixSeconds, note: "before the rotation");
        var about = await app.CaseOfAsync(first.Id);
        var old = await File.ReadAllBytesAsync(Path.Combine(app.KeysDir, "public", "recipient-keys.cose"));
        var kid = Convert.ToHexStringLower(
            Evidence.RecipientKeyList.VerifyAtAnyTime(old, app.PublicKey("config.pub"))!.ForSealing()[0].Kid
        );
        (await ReadyAsync()).ShouldContain("\"key-backup\",\"state\":\"warning\"");
        await App.RunVaultAsync("keys", "rotate", "--dir", app.KeysDir);

        // A client that still holds the list of before.
        var list = Path.Combine(app.KeysDir, "public", "recipient-keys.cose");
        var current = await File.ReadAllBytesAsync(list);
        current.ShouldNotBe(old);
        var accepted = Services<Features.Intake.ModerationKeys>().ReadRecipients()!.Accepted;
        accepted.Count.ShouldBe(4);
        accepted.ShouldContain(key => Convert.ToHexStringLower(key.Kid) == kid);
        await App.RunVaultAsync("keys", "retire", "--dir", app.KeysDir, "--kid", kid);
        Services<Features.Intake.ModerationKeys>().ReadRecipients()!.Accepted.Count.ShouldBe(2);

        using var analyst = await AnalystTab.OpenAsync(app);
        await analyst.ClaimAsync(about);
        using (var still = await analyst.AskAsync(first.Id, analyst.Terms(first.ContentId, about, 0)))
            await still.ShouldBeAsync(200);
        await app.StopVaultAsync();
        await DestroyKeyAsync(kid);
        await app.StartVaultAsync();

        using var gone = await analyst.AskAsync(first.Id, analyst.Terms(first.ContentId, about, 0));
        await gone.ShouldBeProblemAsync(410, "report.evidence-destroyed");
    }

    private T Services<T>()
        where T : notnull => (T)app.Services.GetService(typeof(T))!;

    private async Task<string> ReadyAsync()
    {
        using var client = app.Client();
        using var answer = await client.GetAsync("/readyz");
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        return (await answer.Content.ReadAsStringAsync()).Replace(" ", "", StringComparison.Ordinal);
    }

    private async Task DestroyKeyAsync(string kid)
    {
        string Of(string name) => Path.Combine(app.DataDir, name);
        await App.RunVaultAsync("keys", "operator", "--dir", app.KeysDir, "--name", "olga", "--out", Of("one"));
        await App.RunVaultAsync("keys", "operator", "--dir", app.KeysDir, "--name", "pete", "--out", Of("two"));
        await App.RunVaultAsync([
            "keys",
            "order",
            "--dir",
            app.KeysDir,
            "--kid",
            kid,
            "--reason",
            "r",
            "--operator",
            Of("one"),
            "--out",
            Of("order"),
        ]);
        await App.RunVaultAsync([
            "keys",
            "destroy",
            "--dir",
            app.KeysDir,
            "--order",
            Of("order"),
            "--operator",
            Of("two"),
            "--confirm",
            kid,
        ]);
    }
}
