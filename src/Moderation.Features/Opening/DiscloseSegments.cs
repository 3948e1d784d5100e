// Has the vault seal named segments for an authority under an approved release: POST /v1/reports/{id}/disclosures (evidence-bundle.md 21).
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Opening;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Features.Http;

namespace Moderation.Features.Opening;

/// <summary>The grant must be of purpose 4 or 5, word for word the plan that two people approved (case-package.md CP-21), and
/// the request must name the recipient of that plan. The vault judges all of it again by its own registry.</summary>
public static class DiscloseSegments
{
    private const string Cbor = "application/cbor";
    private const string Cose = "application/cose";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/reports/{id}/disclosures", PostAsync)
            .WithMetadata(new RequestSizeLimitAttribute(KeyReleaseBody.Longest))
            .RequireAuthorization(Policies.Liaison)
            .WithSummary("Disclose segments to an authority's key: a grant and a key request in, disclosure.cose out");

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> PostAsync(
        ReportId id,
        HttpRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var type = request.GetTypedHeaders().ContentType?.MediaType.Value;
        if (!string.Equals(type, Cbor, StringComparison.OrdinalIgnoreCase))
            return Problems.Of(415, "request.unsupported-media-type", $"Send {Cbor}.");
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        if (KeyReleaseBody.Parse(body.ToArray()) is not { } asked)
            return Problems.Of(400, "request.malformed", "Send a CBOR array of two byte strings: grant, key request.");
        var outcome = await handler.HandleAsync(id, asked, caller, ct);
        return outcome.Match<Results<FileContentHttpResult, ProblemHttpResult>>(
            disclosure => TypedResults.Bytes(disclosure, Cose),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, VaultFacts facts, VaultClient vault, TimeProvider clock)
    {
        public async Task<Outcome<byte[]>> HandleAsync(
            ReportId id,
            KeyReleaseBody body,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            if (await SealedReports.VisibleTo(db, caller).SingleOrDefaultAsync(r => r.Id == id, ct) is not { } report)
                return ReportRefusals.NotFound;
            if (!Grant.Parse(body.Grant).Holds(out var grant, out var malformed))
                return await RefuseAsync(report, null, malformed.ToRefusal(), caller, ct);
            if (!KeyRequest.Parse(body.KeyRequest).Holds(out var request, out malformed))
                return await RefuseAsync(report, null, malformed.ToRefusal(), caller, ct);
            var plan = await PlanAsync(report, grant, caller.Staff(), ct);
            if (await JudgeAsync(report, grant, request, plan, caller.Staff(), ct) is { } refusal)
                return await RefuseAsync(report, plan?.CaseId, refusal, caller, ct);

            var about = plan!.CaseId;
            var opening = await facts.AssertAsync(report, body, about, request.Request.Indices, ct) with
            {
                Kind = VaultRequestKind.Disclose,
            };
            var answer = await vault.OpenAsync(opening, facts.SegmentsOf(id), ct);
            if (answer.Kind != VaultAnswerKind.Done)
                return await RefuseAsync(report, about, new EvidenceRefusal(answer.Code).ToRefusal(), caller, ct);
            await SayAsync(report, about, grant.Terms, request.Request, caller, ct);
            return answer.SignedObjects[0];
        }

        // The plan with these very terms, made by the caller, approved and still alive.
        private async Task<Export?> PlanAsync(Report report, Grant grant, StaffId caller, CancellationToken ct)
        {
            var terms = grant.Approvals[0].Payload.ToArray();
            var plans = await db
                .Exports.AsNoTracking()
                .Where(e => e.ReportId == report.Id && e.RequestedBy == caller)
                .Where(e => e.Status == ExportStatus.Approved || e.Status == ExportStatus.Published)
                .ToListAsync(ct);
            return plans.Find(plan => plan.GrantTerms.AsSpan().SequenceEqual(terms));
        }

        private async Task<Refusal?> JudgeAsync(
            Report report,
            Grant grant,
            SignedKeyRequest request,
            Export? plan,
            StaffId caller,
            CancellationToken ct
        )
        {
            if (!grant.Terms.IsForDisclosure)
                return Refuse(EvidenceCodes.RequestScope);
            if (plan is null)
                return Refuse(EvidenceCodes.GrantScope);
            if (report.State == ReportState.EvidenceDestroyed)
                return ReportRefusals.EvidenceDestroyed;
            if (report.State != ReportState.Complete)
                return ReportRefusals.NotComplete;
            var keys = await KeysAsync(grant, request, ct);
            var wrong =
                grant.CheckScope(report.ContentId, (ulong)report.SegmentCount)
                ?? grant.CheckSignatures(kid => Of(keys, kid)?.Key)
                ?? request.CheckSignature(
                    grant.Terms,
                    kid => Of(keys, kid) is { } holder && holder.Staff == caller ? holder.Key : null
                )
                ?? request.CheckScope(grant.Terms, forDisclosure: true);
            if (wrong is not null)
                return wrong.ToRefusal();
            // The two who approved the plan are not the one who asks.
            var people = grant.Approvals.Select(approval => Of(keys, approval.Kid)!.Staff).Distinct().ToList();
            if (people.Count < 2 || people.Contains(caller))
                return Refuse(EvidenceCodes.GrantQuorum);
            return request.Request.Recipient.AsSpan().SequenceEqual(plan.Recipient)
                ? null
                : ExportRefusals.RequestMismatch;
        }

        private async Task<Dictionary<string, Holder>> KeysAsync(
            Grant grant,
            SignedKeyRequest request,
            CancellationToken ct
        )
        {
            byte[][] kids = [.. grant.Approvals.Select(a => a.Kid), request.Envelope.Kid];
            var rows = await db
                .ApprovalKeys.AsNoTracking()
                .Where(key => kids.Contains(key.Kid) && key.State == ApprovalKeyState.Enrolled)
                .Join(db.Staff.AsNoTracking(), key => key.StaffId, person => person.Id, (k, p) => new { k, p })
                .Where(row => !row.p.Disabled)
                .ToListAsync(ct);
            return rows.Select(row => new Holder(CoseKey.Parse(row.k.CoseKey)!, row.p.Id))
                .ToDictionary(holder => holder.Key.KidHex);
        }

        // Before the answer, as with a release: the custody record has its line.
        private Task<int> SayAsync(
            Report report,
            CaseId about,
            GrantTerms terms,
            KeyRequest request,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            var said = db.Say(
                SegmentsOpened.Kind,
                new SegmentsOpened(
                    report.Id.ToString(),
                    about.ToString(),
                    Convert.ToHexStringLower(terms.GrantId),
                    (int)terms.Purpose,
                    [.. request.Indices.Select(index => (int)index)]
                ),
                clock.GetUtcNow()
            );
            (said.CaseId, said.Actor) = (about.Value, caller.Subject());
            return db.SaveChangesAsync(ct);
        }

        private async Task<Refusal> RefuseAsync(
            Report report,
            CaseId? about,
            Refusal refusal,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            var said = db.Say(
                OpeningRefused.Kind,
                new OpeningRefused(report.Id.ToString(), about?.ToString(), refusal.Code),
                clock.GetUtcNow()
            );
            (said.CaseId, said.Actor) = (about?.Value, caller.Subject());
            await db.SaveChangesAsync(ct);
            return refusal;
        }

        private static Holder? Of(Dictionary<string, Holder> keys, byte[] kid) =>
            keys.GetValueOrDefault(Convert.ToHexStringLower(kid));

        private static Refusal Refuse(string code) => new EvidenceRefusal(code).ToRefusal();

        private sealed record Holder(CoseKey Key, StaffId Staff);
    }
}
