// The whole life of an export: every move from every state, and what its row of legal bases says.
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;

namespace Moderation.UnitTests.Legal;

public sealed class ExportTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<(ExportStatus, ExportMove), ExportStatus> Allowed = new()
    {
        [(ExportStatus.Planned, ExportMove.Approve)] = ExportStatus.Approved,
        [(ExportStatus.Planned, ExportMove.Fail)] = ExportStatus.Failed,
        [(ExportStatus.Approved, ExportMove.Stage)] = ExportStatus.Staging,
        [(ExportStatus.Approved, ExportMove.Fail)] = ExportStatus.Failed,
        [(ExportStatus.Staging, ExportMove.StandBack)] = ExportStatus.Approved,
        [(ExportStatus.Staging, ExportMove.Publish)] = ExportStatus.Published,
        [(ExportStatus.Staging, ExportMove.Fail)] = ExportStatus.Failed,
    };

    private static readonly Dictionary<ExportStatus, ExportMove[]> WayTo = new()
    {
        [ExportStatus.Planned] = [],
        [ExportStatus.Approved] = [ExportMove.Approve],
        [ExportStatus.Staging] = [ExportMove.Approve, ExportMove.Stage],
        [ExportStatus.Published] = [ExportMove.Approve, ExportMove.Stage, ExportMove.Publish],
        [ExportStatus.Failed] = [ExportMove.Fail],
    };

    public static TheoryData<ExportStatus, ExportMove> Everything()
    {
        var all = new TheoryData<ExportStatus, ExportMove>();
        foreach (var status in Enum.GetValues<ExportStatus>())
        foreach (var move in Enum.GetValues<ExportMove>())
            all.Add(status, move);
        return all;
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void Every_move_leads_where_the_table_says_or_is_refused(ExportStatus from, ExportMove move)
    {
        var export = Make();
        foreach (var step in WayTo[from])
            export.Make(step).Refusal.ShouldBeNull();

        var outcome = export.Make(move);

        if (Allowed.TryGetValue((from, move), out var next))
            (outcome.Refusal, export.Status).ShouldBe((null, next));
        else
            (outcome.Refusal?.Code, export.Status).ShouldBe(("export.cannot-move", from));
    }

    [Fact]
    public void A_package_is_named_after_case_export_and_volume() =>
        Make().PackageName("TS-2026-000123").ShouldBe("TS-2026-000123-X02-V01");

    [Theory]
    [InlineData("us_subpoena", true, "no")]
    [InlineData("us_search_warrant", true, "yes")]
    [InlineData("other_emergency", false, "yes")]
    public void A_legal_basis_says_what_may_be_given(string code, bool compelled, string content)
    {
        var basis = LegalBasis.ByCode(code).ShouldNotBeNull();

        (basis.Compelled, basis.Content).ShouldBe((compelled, content));
    }

    [Fact]
    public void There_are_as_many_bases_as_the_format_names() => LegalBasis.All.Count.ShouldBe(16);

    private static Export Make() =>
        new()
        {
            Id = ExportId.New(Now),
            CaseId = CaseId.New(Now),
            Number = 2,
            ProcessId = "LP-2026-0001",
            Process = "{}",
            ReportId = ReportId.New(Now),
            Exhibit = "E0001",
            Segments = [0],
            Recipient = new byte[32],
            GrantTerms = [],
            Plan = "{}",
            RequestedBy = StaffId.New(Now),
            RequestedAt = Now,
        };
}
