// Asks for a release of evidence to an authority and fixes its plan: POST /v1/exports.
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Legal;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Legal;

public static class RequestExport
{
    /// <summary>A clock of the vault that is behind ours must not refuse a fresh grant.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    public sealed class Validator : AbstractValidator<ExportRequest>
    {
        public Validator()
        {
            RuleFor(r => r.CaseId).Must(id => CaseId.TryParse(id, null, out _)).WithMessage("must be a case_… id");
            RuleFor(r => r.ReportId).Must(id => ReportId.TryParse(id, null, out _)).WithMessage("must be a rpt_… id");
            RuleFor(r => r.Segments).NotEmpty().Must(s => s.Count <= EvidenceLimits.Segments);
            RuleForEach(r => r.Segments).GreaterThanOrEqualTo(0);
            RuleFor(r => r.RecipientKey).NotEmpty().MaximumLength(64);
            RuleFor(r => r.Process).SetValidator(new ProcessValidator());
        }
    }

    private sealed class ProcessValidator : AbstractValidator<LegalProcessRequest>
    {
        public ProcessValidator()
        {
            RuleFor(p => p.Basis).Must(b => LegalBasis.ByCode(b) is not null).WithMessage("is no known legal basis");
            RuleFor(p => p.BasisCitation).MaximumLength(200);
            RuleFor(p => p.Authority.Name).NotEmpty().MaximumLength(200);
            RuleFor(p => p.Authority.Country).Matches("^[A-Z]{2}$");
            RuleFor(p => p.Authority.Contact).NotEmpty().MaximumLength(200);
            RuleFor(p => p.Reference).NotEmpty().MaximumLength(120);
            RuleFor(p => p.ServedBy).Must(LegalBasis.Services.Contains).WithMessage("is no known way of service");
            RuleFor(p => p.ServedAt).GreaterThanOrEqualTo(p => p.ReceivedAt).When(p => p.ServedAt is not null);
            RuleFor(p => p.Scope.Categories).NotEmpty().Must(c => c.Distinct().Count() == c.Count);
            RuleForEach(p => p.Scope.Categories)
                .Must(LegalBasis.Categories.Contains)
                .WithMessage("is no known category");
            RuleFor(p => p.Scope.To).GreaterThan(p => p.Scope.From);
        }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/exports", PostAsync)
            .Validate<ExportRequest>()
            .RequireAuthorization(Policies.Liaison)
            .WithSummary("Ask for a release to an authority; the plan and the grant to approve come back");

    private static async Task<Results<Created<ExportShape>, ProblemHttpResult>> PostAsync(
        ExportRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(request, caller, ct);
        return outcome.Match<Results<Created<ExportShape>, ProblemHttpResult>>(
            shape => TypedResults.Created($"/v1/exports/{shape.Id}", shape),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, CustodyBook book, TimeProvider clock)
    {
        public async Task<Outcome<ExportShape>> HandleAsync(
            ExportRequest request,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            CaseId.TryParse(request.CaseId, null, out var caseId);
            ReportId.TryParse(request.ReportId, null, out var reportId);
            int[] segments = [.. request.Segments.Distinct().Order()];
            if (await ExportRows.CaseAsync(db, caseId, caller, ct) is not { } about)
                return CaseRefusals.NotFound;
            if (!Bytes.TryRead(request.RecipientKey, 32, out var recipient))
                return ExportRefusals.RecipientInvalid;
            if (JudgeProcess(request.Process) is { } unlawful)
                return unlawful;
            if (await db.Decisions.AnyAsync(d => d.CaseId == caseId && d.DecidedBy == caller.Staff(), ct))
                return ExportRefusals.Decider;
            if (await JudgeEvidenceAsync(caseId, reportId, segments, request.Process.Scope, ct) is { } unfit)
                return unfit;
            if (await OpenersAsync(caller.Staff(), ct) is not { Count: > 0 } openers)
                return ExportRefusals.KeyNotEnrolled;

            await book.CatchUpAsync(caseId, ct);
            await using var work = await db.Database.BeginTransactionAsync(ct);
            await book.LockAsync(caseId, ct);
            if (await book.ExhibitAsync(caseId, reportId, ct) is not { } exhibit)
                return ExportRefusals.EvidenceIncomplete;
            var export = await PlanAsync(about, request, reportId, segments, exhibit, recipient, openers, caller, ct);
            db.Exports.Add(export);
            var said = db.Say(
                ExportRequested.Kind,
                new ExportRequested(export.Id.ToString(), caseId.ToString(), reportId.ToString(), export.ProcessId),
                export.RequestedAt
            );
            (said.CaseId, said.Actor) = (caseId.Value, caller.Subject());
            await db.SaveChangesAsync(ct);
            await work.CommitAsync(ct);
            return await ExportRows.ShapeAsync(db, export, about.Reference, ct);
        }

        // CP-19, and nothing is given that was not asked for.
        private static Refusal? JudgeProcess(LegalProcessRequest process)
        {
            var basis = LegalBasis.ByCode(process.Basis)!;
            if (basis.Compelled && process.ServedAt is null)
                return ExportRefusals.NotServed;
            if (!process.Scope.Categories.Contains("content"))
                return ExportRefusals.ContentNotAsked;
            return basis.Content == "no" ? ExportRefusals.ContentNotAllowed(basis.Code) : null;
        }

        private async Task<Refusal?> JudgeEvidenceAsync(
            CaseId about,
            ReportId id,
            int[] segments,
            LegalScope scope,
            CancellationToken ct
        )
        {
            if (!await db.ReportSubjects.AnyAsync(s => s.CaseId == about && s.ReportId == id, ct))
                return ExportRefusals.ReportNotInCase;
            var report = await db.Reports.AsNoTracking().SingleAsync(r => r.Id == id, ct);
            if (report is not { State: ReportState.Complete, IntakeReceipt: not null })
                return ExportRefusals.EvidenceIncomplete;
            if (segments[^1] >= report.SegmentCount)
                return ExportRefusals.SegmentUnknown;
            var epoch = await db.Meetings.Where(m => m.Id == report.MeetingId).Select(m => m.Epoch).SingleAsync(ct);
            var (from, to) = (epoch.AddMilliseconds(report.WindowStartMs), epoch.AddMilliseconds(report.WindowEndMs));
            return from <= scope.To && to >= scope.From ? null : ExportRefusals.OutsidePeriod;
        }

        private Task<List<byte[]>> OpenersAsync(StaffId caller, CancellationToken ct) =>
            db
                .ApprovalKeys.Where(k => k.StaffId == caller && k.State == ApprovalKeyState.Enrolled)
                .OrderByDescending(k => k.CreatedAt)
                .Take(4)
                .Select(k => k.Kid)
                .ToListAsync(ct);

        private async Task<Export> PlanAsync(
            Case about,
            ExportRequest request,
            ReportId reportId,
            int[] segments,
            string exhibit,
            byte[] recipient,
            List<byte[]> openers,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            var now = clock.GetUtcNow();
            var number = await db.Exports.CountAsync(e => e.CaseId == about.Id, ct) + 1;
            var next = await db
                .Database.SqlQuery<long>($"""select nextval('legal_process_numbers') as "Value" """)
                .ToListAsync(ct);
            var processId = $"LP-{now.UtcDateTime.Year}-{next[0]:D4}";
            var content = await db.Reports.Where(r => r.Id == reportId).Select(r => r.ContentId).SingleAsync(ct);
            var categories = request.Process.Scope.Categories;
            var decisions = categories.Contains("moderation")
                ? await db.Decisions.Where(Decision.TookEffect).CountAsync(d => d.CaseId == about.Id, ct)
                : 0;
            var hasAccount =
                about.SubjectKind == SubjectKind.Account
                && (categories.Contains("subscriber") || categories.Contains("identification"));
            var notBefore = now - Slack;
            var terms = new GrantTerms
            {
                GrantId = RandomNumberGenerator.GetBytes(16),
                ContentId = content,
                Indices = [.. segments.Select(s => (uint)s)],
                CaseId = about.Id.Value.ToByteArray(bigEndian: true),
                Purpose = GrantPurpose.LegalDisclosure,
                NotBeforeMs = (ulong)notBefore.ToUnixTimeMilliseconds(),
                NotAfterMs = (ulong)notBefore.ToUnixTimeMilliseconds() + EvidenceLimits.GrantLife,
                Releases = 1,
                Openers = [.. openers.OrderBy(Convert.ToHexStringLower, StringComparer.Ordinal)],
            };
            var plan = new JsonObject
            {
                ["schema"] = "case-package/release-plan/1",
                ["case"] = about.Reference,
                ["export"] = $"X{number:D2}",
                ["process"] = processId,
                ["exhibits"] = new JsonArray(
                    new JsonObject
                    {
                        ["id"] = exhibit,
                        ["segments"] = new JsonArray([.. segments.Select(s => JsonValue.Create(s))]),
                        ["derived"] = new JsonArray(),
                    }
                ),
                ["accounts"] = hasAccount ? new JsonArray("A0001") : new JsonArray(),
                ["decisions"] = new JsonArray([
                    .. Enumerable.Range(1, decisions).Select(n => JsonValue.Create($"D{n:D4}")),
                ]),
                ["recipients"] = new JsonArray(Convert.ToHexStringLower(SHA256.HashData(recipient))),
            };
            return new Export
            {
                Id = ExportId.New(now),
                CaseId = about.Id,
                Number = number,
                ProcessId = processId,
                Process = JsonSerializer.Serialize(request.Process, ModerationDb.Json),
                ReportId = reportId,
                Exhibit = exhibit,
                Segments = segments,
                Recipient = recipient,
                GrantTerms = terms.Encode(),
                Plan = Jcs.Write(plan),
                RequestedBy = caller.Staff(),
                RequestedAt = now,
            };
        }
    }
}
