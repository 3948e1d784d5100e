// The log over HTTP: what each role reads of it, what everybody may prove, and that reading is itself in it.
using System.Buffers.Text;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Audit;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Evidence.Audit;
using Moderation.Features.Audit;
using Moderation.IntegrationTests.Intake;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Audit;

public sealed class AuditApiTests(App app, PostgresCluster cluster) : IClassFixture<App>
{
    [Fact]
    public async Task Anybody_proves_inclusion_and_consistency_without_a_token()
    {
        var first = await app.GrowAsync();
        var second = await app.GrowAsync();
        var nobody = app.Client();

        var grown = await (
            await nobody.GetAsync($"/v1/audit/consistency?first={first.Size}&second={second.Size}")
        ).ShouldBeAsync<ConsistencyProof>(200);
        MerkleTree.IsConsistent(first.Size, second.Size, first.Root, second.Root, Hashes(grown.Proof)).ShouldBeTrue();
        var index = first.Size - 1;
        var there = await (
            await nobody.GetAsync($"/v1/audit/inclusion?index={index}&size={second.Size}")
        ).ShouldBeAsync<InclusionProof>(200);
        MerkleTree
            .Includes(second.Root, second.Size, index, Base64Url.DecodeFromChars(there.LeafHash), Hashes(there.Proof))
            .ShouldBeTrue();
    }

    [Theory]
    [InlineData("consistency?first=0&second=1")]
    [InlineData("consistency?first=2&second=1")]
    [InlineData("consistency?first=1&second=99999999")]
    [InlineData("inclusion?index=0&size=99999999")]
    [InlineData("inclusion?index=0&size=-1")]
    public async Task A_size_that_no_checkpoint_covers_is_refused(string what)
    {
        await app.GrowAsync();
        using var answer = await app.Client().GetAsync($"/v1/audit/{what}");
        await answer.ShouldBeProblemAsync(400, "audit.bad-range");
    }

    [Fact]
    public async Task The_receipt_names_a_checkpoint_and_its_proof_holds()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        await host.PutSegmentsAsync(report.ReportId, bundle);
        using var completed = await host.CompleteAsync(report.ReportId);
        var text = (await completed.ShouldBeAsync<Contracts.Intake.ReportCompleted>(200)).Receipt;

        using var answer = await host.Http.GetAsync($"/v1/reports/{report.ReportId}/receipt-proof");
        var shape = await answer.ShouldBeAsync<AcceptanceProof>(200);

        shape.Receipt.ShouldBe(text);
        IntakeReceipt
            .Verify(Base64Url.DecodeFromChars(text), app.PublicKey("receipt.pub"), bundle.ContentId)
            .Holds(out var receipt, out _)
            .ShouldBeTrue();
        var proof = new ReceiptProof(shape.Checkpoint, (ulong)shape.Index, Hashes(shape.Proof));
        proof.Check(receipt!, [app.LogKey()]).ShouldBeNull();
        // And it is worth nothing for another report, another log or another place.
        proof
            .Check(receipt! with { CompletedMs = receipt!.CompletedMs + 1 }, [app.LogKey()])
            .ShouldBe(ReceiptProofFault.NotIncluded);
        proof
            .Check(receipt! with { LogCheckpoint = new byte[32] }, [app.LogKey()])
            .ShouldBe(ReceiptProofFault.OtherCheckpoint);
        using var other = NoteSigner.Generate(App.LogOrigin);
        proof.Check(receipt!, [other.PublicKey]).ShouldBe(ReceiptProofFault.Signature);
        // Somebody else's report looks like none, and the leaf alone is enough for a proof by anybody.
        var stranger = await ReportingHost.JoinAsync(app);
        using var foreign = await stranger.Http.GetAsync($"/v1/reports/{report.ReportId}/receipt-proof");
        await foreign.ShouldBeProblemAsync(404, "report.not-found");
        var leaf = AuditEntry.Accepted(receipt!.ContentId, receipt.CompletedMs).LeafHash();
        using var by = await app.Client().GetAsync($"/v1/audit/inclusion?leaf={Base64Url.EncodeToString(leaf)}");
        (await by.ShouldBeAsync<InclusionProof>(200)).Index.ShouldBe(shape.Index);
    }

    [Fact]
    public async Task Without_a_sequencer_the_report_is_kept_and_the_receipt_comes_later()
    {
        await using var own = await App.StartAsync(cluster, ("Role", "api"), ("Intake:ReceiptMilliseconds", "3000"));
        var host = await ReportingHost.JoinAsync(own);
        var (report, bundle) = await host.FileAsync();
        await host.PutSegmentsAsync(report.ReportId, bundle);
        using var early = await host.CompleteAsync(report.ReportId);
        await early.ShouldBeProblemAsync(503, EvidenceCodes.LogUnavailable);

        await own.InDbAsync(async db =>
        {
            await new AppendEvents(db).RunAsync(default);
        });
        await own.InDbAsync(async db =>
        {
            var keys = (LogKeys)own.Services.GetService(typeof(LogKeys))!;
            var settings = new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build();
            await new SignCheckpoint(db, keys, settings).RunAsync(default);
        });
        using var done = await host.CompleteAsync(report.ReportId);
        var receipt = (await done.ShouldBeAsync<Contracts.Intake.ReportCompleted>(200)).Receipt;

        IntakeReceipt.Read(Base64Url.DecodeFromChars(receipt))!.LogCheckpoint.ShouldNotBe(new byte[32]);
    }

    [Fact]
    public async Task Without_a_log_key_5_is_zeros_and_nobody_waits()
    {
        await using var own = await App.StartAsync(cluster, ("Keys:Log", ""));
        var host = await ReportingHost.JoinAsync(own);
        var (report, bundle) = await host.FileAsync();
        await host.PutSegmentsAsync(report.ReportId, bundle);
        using var done = await host.CompleteAsync(report.ReportId);
        var receipt = (await done.ShouldBeAsync<Contracts.Intake.ReportCompleted>(200)).Receipt;

        IntakeReceipt.Read(Base64Url.DecodeFromChars(receipt))!.LogCheckpoint.ShouldBe(new byte[32]);
        using var proof = await host.Http.GetAsync($"/v1/reports/{report.ReportId}/receipt-proof");
        await proof.ShouldBeProblemAsync(409, "audit.no-receipt");
    }

    [Fact]
    public async Task Each_role_reads_its_part_and_the_admin_none()
    {
        var (analyst, auditor, senior) = (
            await app.StaffAsync(StaffRole.Analyst),
            await app.StaffAsync(StaffRole.Auditor),
            await app.StaffAsync(StaffRole.Senior)
        );
        var about = Guid.CreateVersion7(app.Clock.GetUtcNow());
        await app.InDbAsync(async db =>
        {
            var now = app.Clock.GetUtcNow();
            db.Say("test.mine", new { }, now).Actor = analyst.Member.Id.ToString();
            var queue = db.Say("test.queue", new { }, now);
            (queue.Actor, queue.CaseId) = (auditor.Member.Id.ToString(), about);
            db.Say("test.theirs", new { }, now).Actor = auditor.Member.Id.ToString();
            await db.SaveChangesAsync();
        });
        await app.GrowAsync();

        (await KindsAsync(analyst)).ShouldBe(["test.mine"]);
        (await KindsAsync(senior)).ShouldBe(["test.queue"]);
        // Other tests of this class have written there too.
        (await KindsAsync(auditor))
            .Except(["test.paged", "test.hidden"])
            .ShouldBe(["test.grown", "test.theirs", "test.queue", "test.mine"], ignoreOrder: true);
        using var admin = await (await app.StaffAsync(StaffRole.Admin)).Http.GetAsync("/v1/audit");
        await admin.ShouldBeProblemAsync(403, "auth.forbidden");
        using var nobody = await app.Client().GetAsync("/v1/audit");
        await nobody.ShouldBeProblemAsync(401, "auth.required");
        foreach (var closed in new[] { "/v1/audit/export" })
            await (await senior.Http.GetAsync(closed)).ShouldBeProblemAsync(403, "auth.forbidden");
        using var verify = await senior.Http.PostAsync("/v1/audit:verify", null);
        await verify.ShouldBeProblemAsync(403, "auth.forbidden");

        async Task<List<string>> KindsAsync(StaffLogin login) =>
            [
                .. (await PageAsync(login, "limit=200"))
                    .Items.Select(row => row.Kind)
                    .Where(kind => kind.StartsWith("test.", StringComparison.Ordinal))
                    .Distinct(),
            ];
    }

    [Fact]
    public async Task The_list_goes_page_by_page_and_a_cursor_opens_no_other_list()
    {
        var auditor = await app.StaffAsync(StaffRole.Auditor);
        for (var i = 0; i < 5; i++)
            await app.InDbAsync(async db =>
            {
                db.Say("test.paged", new { i }, app.Clock.GetUtcNow());
                await db.SaveChangesAsync();
            });
        await app.GrowAsync();

        var first = await PageAsync(auditor, "kind=test.paged&limit=3");
        var second = await PageAsync(auditor, $"kind=test.paged&limit=3&cursor={first.Next}");
        first
            .Items.Concat(second.Items)
            .Select(row => row.Index)
            .ShouldBe(first.Items.Concat(second.Items).Select(row => row.Index).OrderDescending());
        (first.Items.Count, second.Items.Count, second.Next).ShouldBe((3, 2, null));
        using var other = await auditor.Http.GetAsync($"/v1/audit?kind=test.grown&cursor={first.Next}");
        await other.ShouldBeProblemAsync(400, "cursor.invalid");
    }

    [Fact]
    public async Task Reading_exporting_and_verifying_are_in_the_log_themselves()
    {
        await app.GrowAsync();
        var auditor = await app.StaffAsync(StaffRole.Auditor);
        await PageAsync(auditor, "kind=test.none");
        (await auditor.Http.GetAsync("/v1/audit/export")).EnsureSuccessStatusCode();
        using var verified = await auditor.Http.PostAsync("/v1/audit:verify", null);
        (await verified.ShouldBeAsync<VerifiedLog>(200)).ShouldSatisfyAllConditions(v => v.Holds.ShouldBeTrue(v.Why));
        await app.GrowAsync();

        var mine = await PageAsync(auditor, $"actor={auditor.Member.Id}");
        // The read that shows them may itself be in by then.
        mine.Items.Select(row => row.Kind)
            .Distinct()
            .ShouldBe(["audit.verified", "audit.exported", "audit.read"], ignoreOrder: true);
        mine.Items.ShouldAllBe(row => row.Actor == auditor.Member.Pseudonym);
    }

    [Fact]
    public async Task Child_safety_cases_are_not_listed_for_whoever_may_not_see_them()
    {
        var open = await app.StaffAsync(StaffRole.Auditor, childSafety: true);
        var closed = await app.StaffAsync(StaffRole.Auditor);
        var about = (await Triage.TriageData.CaseAsync(app, Lane.ChildSafety)).Id;
        await app.InDbAsync(async db =>
        {
            db.Say("test.hidden", new { }, app.Clock.GetUtcNow()).CaseId = about.Value;
            await db.SaveChangesAsync();
        });
        await app.GrowAsync();

        (await PageAsync(open, $"case={about}")).Items.ShouldNotBeEmpty();
        (await PageAsync(closed, $"case={about}")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_export_over_http_verifies_offline()
    {
        await app.GrowAsync();
        var auditor = await app.StaffAsync(StaffRole.Auditor);
        var text = await auditor.Http.GetStringAsync("/v1/audit/export");
        using var check = new LogExportCheck([app.LogKey()], [], [(await app.NewestAsync())!]);

        var lines = text.Split('\n');
        lines[..^1].Select(check.Take).ShouldAllBe(fault => fault == null);
        check.Checkpoints.ShouldBePositive();
    }

    [Fact]
    public async Task Readiness_says_when_the_head_of_the_log_is_old()
    {
        await using var own = await App.StartAsync(cluster, ("Role", "api"));
        await own.InDbAsync(async db =>
        {
            db.Say("test.waiting", new { }, own.Clock.GetUtcNow());
            await db.SaveChangesAsync();
            await db.Database.ExecuteSqlRawAsync("update audit_waiting set queued_at = now() - interval '1 minute'");
        });

        var ready = await (
            await own.Client().GetAsync("/readyz")
        ).Content.ReadFromJsonAsync<System.Text.Json.JsonElement>();

        ready
            .GetProperty("checks")
            .EnumerateArray()
            .Single(c => c.GetProperty("name").GetString() == "audit")
            .GetProperty("state")
            .GetString()
            .ShouldBe("behind");
    }

    private static async Task<Page<AuditRow>> PageAsync(StaffLogin login, string query)
    {
        using var answer = await login.Http.GetAsync($"/v1/audit?{query}");
        return await answer.ShouldBeAsync<Page<AuditRow>>(200);
    }

    private static byte[][] Hashes(IReadOnlyList<string> texts) => [.. texts.Select(t => Base64Url.DecodeFromChars(t))];
}
