// A release needs a liaison, two other people and the vault, and leaves nothing behind when it fails.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Moderation.Contracts.Legal;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Features.Legal;
using Moderation.IntegrationTests.Opening;

namespace Moderation.IntegrationTests.Legal;

[Collection(OpeningCollection.Name)]
public sealed class ExportTests(VaultApp app)
{
    [Theory]
    [InlineData(StaffRole.Analyst)]
    [InlineData(StaffRole.Senior)]
    [InlineData(StaffRole.Admin)]
    public async Task Only_a_liaison_asks(StaffRole role)
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var other = await app.StaffAsync(role);

        using var answer = await other.Http.PostAsync("/v1/exports", Answers.Json(desk.Ask()));

        await answer.ShouldBeProblemAsync(403, "auth.forbidden");
    }

    [Fact]
    public async Task The_same_person_does_not_approve_twice()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var export = await desk.RequestAsync();
        using var first = await ReleaseDesk.ApproveAsync(desk.Senior, export);
        await first.ShouldBeAsync(200);

        using var again = await ReleaseDesk.ApproveAsync(desk.Senior, export);

        await again.ShouldBeProblemAsync(409, "export.already-approved");
        using var build = await desk.BuildAsync(export);
        await build.ShouldBeProblemAsync(409, "export.cannot-move");
    }

    [Fact]
    public async Task Who_decided_in_the_case_does_not_approve()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var export = await desk.RequestAsync();
        await app.InDbAsync(async db =>
        {
            var now = app.Clock.GetUtcNow();
            db.Decisions.Add(
                new Decision
                {
                    Id = DecisionId.New(now),
                    CaseId = desk.Case,
                    CaseVersion = 1,
                    Outcome = DecisionOutcome.NoViolation,
                    PolicyVersion = "1",
                    Action = "none",
                    RecommendedAction = "none",
                    Rationale = "test",
                    Citations = "[]",
                    EvidenceOpened = false,
                    DecidedBy = desk.Senior.Member.Id,
                    DecidedAt = now,
                }
            );
            await db.SaveChangesAsync();
        });

        using var answer = await ReleaseDesk.ApproveAsync(desk.Senior, export);

        await answer.ShouldBeProblemAsync(403, "export.decider");
    }

    [Fact]
    public async Task An_approval_with_anothers_key_is_none()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var export = await desk.RequestAsync();
        Features.Http.Bytes.TryRead(export.GrantPayload, out var payload);
        var borrowed = Features.Http.Bytes.ToText(Grant.Approve(desk.Custodian.Key, payload));

        using var answer = await desk.Senior.Http.PostAsync(
            $"/v1/exports/{export.Id}:approve",
            Answers.Json(new ExportApprovalRequest(borrowed))
        );

        await answer.ShouldBeProblemAsync(422, "export.approval-invalid");
    }

    [Theory]
    [InlineData("us_subpoena", true, "export.content-not-allowed")]
    [InlineData("us_search_warrant", false, "export.not-served")]
    public async Task The_legal_basis_bounds_what_can_be_asked(string basis, bool served, string code)
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var ask = desk.Ask();
        ask = ask with
        {
            Process = ask.Process with { Basis = basis, ServedAt = served ? ask.Process.ServedAt : null },
        };

        using var answer = await desk.Liaison.Http.PostAsync("/v1/exports", Answers.Json(ask));

        await answer.ShouldBeProblemAsync(422, code);
    }

    [Fact]
    public async Task Nothing_is_disclosed_to_another_key_than_the_approved_one()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var export = await desk.ApprovedAsync();

        using var answer = await desk.BuildAsync(export, recipient: new byte[32]);

        await answer.ShouldBeProblemAsync(422, "export.request-mismatch");
    }

    [Fact]
    public async Task A_refusal_of_the_vault_leaves_the_approvals_standing()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var export = await desk.ApprovedAsync();

        using var stale = await desk.BuildAsync(export, age: TimeSpan.FromMinutes(10));
        using var fresh = await desk.BuildAsync(export);

        await stale.ShouldBeProblemAsync(
            EvidenceCodes.HttpStatusOf(EvidenceCodes.RequestStale),
            EvidenceCodes.RequestStale
        );
        (await fresh.ShouldBeAsync<ExportShape>(200)).Status.ShouldBe("published");
    }

    [Fact]
    public async Task A_failure_leaves_no_file_an_entry_and_a_used_number()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var export = await desk.ApprovedAsync(0);
        var blob = await app.BlobOfAsync(desk.Report.Id, 0);
        var whole = await File.ReadAllBytesAsync(blob);
        // The prefix stays whole, so that the vault still answers and the fault is met while the package is made.
        var damaged = (byte[])whole.Clone();
        damaged[^1] ^= 1;
        await PrimeVaultAsync(desk);
        await File.WriteAllBytesAsync(blob, damaged);

        using var answer = await desk.BuildAsync(export);

        await answer.ShouldBeProblemAsync(409, "export.failed");
        await File.WriteAllBytesAsync(blob, whole);
        Directory.Exists(Path.Combine(app.DataDir, "exports", "staging", export.Id)).ShouldBeFalse();
        Directory.Exists(Path.Combine(app.DataDir, "exports", "published", export.Name[..^4])).ShouldBeFalse();
        (await ActionsAsync(desk.Case))[^1].ShouldBe("export_failed");
        using var package = await desk.Liaison.Http.GetAsync($"/v1/exports/{export.Id}/package");
        await package.ShouldBeProblemAsync(409, "export.not-published");
        var next = await desk.PublishedAsync(0);
        next.Name.ShouldContain("-X02-");
    }

    [Fact]
    public async Task An_export_that_a_dead_process_left_is_ended_at_the_next_start()
    {
        using var desk = await ReleaseDesk.OpenAsync(app);
        var export = await desk.ApprovedAsync();
        await app.InDbAsync(db =>
            db.Exports.Where(e => e.CaseId == desk.Case)
                .ExecuteUpdateAsync(set => set.SetProperty(e => e.Status, ExportStatus.Staging))
        );
        Directory.CreateDirectory(Path.Combine(app.DataDir, "exports", "staging", export.Id, "half"));

        await app.Services.GetRequiredService<SweepStaging>().RunAsync(TestContext.Current.CancellationToken);

        Directory.Exists(Path.Combine(app.DataDir, "exports", "staging", export.Id)).ShouldBeFalse();
        using var answer = await desk.Liaison.Http.GetAsync($"/v1/exports/{export.Id}");
        (await answer.ShouldBeAsync<ExportShape>(200)).Status.ShouldBe("failed");
        (await ActionsAsync(desk.Case))[^1].ShouldBe("export_failed");
    }

    // The vault hashes a bundle once; after that it trusts its own note of it.
    private async Task PrimeVaultAsync(ReleaseDesk desk)
    {
        using var analyst = await AnalystTab.OpenAsync(app);
        await analyst.ClaimAsync(desk.Case);
        using var opened = await analyst.AskAsync(desk.Report.Id, analyst.Terms(desk.Report.ContentId, desk.Case, 0));
        await opened.ShouldBeAsync(200);
    }

    private Task<List<string>> ActionsAsync(CaseId about) =>
        app.InDbAsync(db =>
            db.CustodyLines.Where(l => l.CaseId == about).OrderBy(l => l.Seq).Select(l => l.Action).ToListAsync()
        );
}
