// Writes the JSON and plain texts of a package from the story of its case (case-package.md 5, 6).
using System.Text.Json.Nodes;
using Moderation.CasePackage;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Evidence;
using static Moderation.Domain.Legal.CustodyLine;

namespace Moderation.Features.Legal;

internal sealed class PackageTexts(PackageStory story, IReadOnlyList<BagFile> evidence, CustodyLine exported)
{
    public static string Tool { get; } = $"case-exporter/{CustodyBook.Version}";

    /// <summary>The case's record up to the line of this export, other exhibits' lines as stubs (CP-14).</summary>
    public IEnumerable<string> CustodyLines()
    {
        HashSet<string> released =
        [
            Convert.ToHexStringLower(story.Report.ContentId),
            .. story.Verified.Descriptors.Select(d => Convert.ToHexStringLower(d.CiphertextHash)),
        ];
        return
        [
            .. story.Custody.Select(line => line.Seq == 1 || line.TouchesOnly(released) ? line.Text : line.Stub()),
            exported.Text,
        ];
    }

    public JsonObject Case() =>
        new()
        {
            ["schema"] = "case-package/case/1",
            ["case"] = new JsonObject
            {
                ["ref"] = story.Case.Reference,
                ["opened_at"] = TimeText(story.Case.OpenedAt),
                ["state"] = story.Case.Status == CaseStatus.Closed ? "closed" : "open",
                ["harm_codes"] = Texts(
                    story
                        .Decisions.Select(d => d.Decision.Clause)
                        .OfType<string>()
                        .Distinct()
                        .Order(StringComparer.Ordinal)
                ),
            },
            ["export"] = new JsonObject
            {
                ["id"] = story.Export.Id.Value.ToString(),
                ["number"] = $"X{story.Export.Number:D2}",
                ["volume"] = "V01",
                ["volumes"] = 1,
                ["created_at"] = TimeText(exported.At),
                ["tool"] = Tool,
                ["redaction_level"] = "none",
                ["custody_head"] = exported.Link,
            },
            ["meetings"] = new JsonArray(
                new JsonObject
                {
                    ["id"] = "M0001",
                    ["meeting_id"] = new Guid(story.Meeting.MeetingUuid, bigEndian: true).ToString(),
                    ["started_at"] = TimeText(story.Meeting.Epoch),
                    ["ended_at"] = story.Meeting.EndedAt is { } end ? TimeText(end) : null,
                    ["encryption"] = story.Meeting.EndToEndEncrypted ? "end_to_end" : "transport",
                    ["participants"] = Texts(story.Participants),
                }
            ),
            ["accounts"] = story.Plan["accounts"]!.DeepClone(),
            ["exhibits"] = new JsonArray(Exhibit()),
            ["decisions"] = story.Plan["decisions"]!.DeepClone(),
            ["reports"] = new JsonArray(),
        };

    public JsonObject Verification()
    {
        var hasReceipts = story.Verified.Receipts.Count > 0;
        var grades = story.Verified.Descriptors.Select(d => SealedGrades.Of(d.Kind)).ToHashSet(StringComparer.Ordinal);
        return new JsonObject
        {
            ["schema"] = "case-package/verification/1",
            ["at"] = TimeText(exported.At),
            ["tool"] = Tool,
            ["exhibits"] = new JsonArray(
                new JsonObject
                {
                    ["id"] = story.Exhibit,
                    ["obtained"] = "disclosed_by_participant",
                    ["grade"] = SealedGrades.LowestOf(grades),
                    ["checks"] = new JsonArray(
                        Check("bundle_signature", "pass"),
                        Check("device_registration", "pass"),
                        Check("merkle_proof", "pass"),
                        Check("relay_receipt", hasReceipts ? "pass" : "not_applicable"),
                        // The operator holds no key that opens evidence here; the receiver makes this check.
                        Check("segment_decryption", "not_applicable"),
                        Check("acceptance_log_inclusion", "not_applicable"),
                        Check("timestamp", "not_applicable")
                    ),
                    ["shows"] = PackageSentences.Shows(grades),
                    ["does_not_show"] = PackageSentences.DoesNotShow(hasReceipts),
                }
            ),
        };
    }

    public JsonObject Release() =>
        new()
        {
            ["schema"] = "case-package/release/1",
            ["plan"] = story.Plan.DeepClone(),
            ["plan_sha256"] = LinkOf(story.Export.Plan),
            ["requested"] = new JsonObject
            {
                ["actor"] = story.Requester,
                ["at"] = TimeText(story.Export.RequestedAt),
                ["method"] = "session",
            },
            ["approved"] = new JsonArray([
                .. story.Approvers.Select(a => new JsonObject
                {
                    ["actor"] = a.Actor,
                    ["role"] = a.Approval.Role.ToString().ToLowerInvariant(),
                    ["at"] = TimeText(a.Approval.At),
                    ["method"] = "approval_key",
                }),
            ]),
        };

    public JsonObject Process()
    {
        var process = ExportRows.ReadProcess(story.Export);
        return new JsonObject
        {
            ["schema"] = "case-package/legal-process/1",
            ["id"] = story.Export.ProcessId,
            ["legal_basis"] = process.Basis,
            ["basis_citation"] = process.BasisCitation ?? LegalBasis.ByCode(process.Basis)!.Citation,
            ["authority"] = new JsonObject
            {
                ["name"] = process.Authority.Name,
                ["country"] = process.Authority.Country,
                ["issuing"] = process.Authority.Name,
                ["validating"] = null,
                ["contact"] = process.Authority.Contact,
            },
            ["reference"] = process.Reference,
            ["received_at"] = TimeText(process.ReceivedAt),
            ["served_at"] = process.ServedAt is { } served ? TimeText(served) : null,
            ["served_by"] = process.ServedBy,
            ["due_at"] = null,
            ["due_rule"] = null,
            ["emergency"] = process.Basis.Contains("emergency", StringComparison.Ordinal),
            ["gag"] = new JsonObject { ["user_notice_delayed"] = false, ["until"] = null },
            ["scope"] = new JsonObject
            {
                ["categories"] = Texts(process.Scope.Categories),
                ["identifiers"] = new JsonArray(),
                ["from"] = TimeText(process.Scope.From),
                ["to"] = TimeText(process.Scope.To),
            },
            ["documents"] = new JsonArray(),
            ["authenticity"] = new JsonObject
            {
                ["checked"] = true,
                ["method"] = "release_approval",
                ["by"] = story.Requester,
                ["second"] = story.Approvers[0].Actor,
            },
        };
    }

    /// <param name="payload">Every path of the payload so far.</param>
    public JsonObject Disclosure(IReadOnlyList<string> payload)
    {
        var items = new ProportionalityRecord(story, payload).Items();
        return new JsonObject
        {
            ["schema"] = "case-package/disclosure/1",
            ["process"] = story.Export.ProcessId,
            ["items"] = new JsonArray([.. items]),
        };
    }

    public JsonObject Proof()
    {
        var files = evidence.ToDictionary(f => f.Path);
        var disclosure = files[BagPath.DisclosureOf(story.Exhibit)];
        return new JsonObject
        {
            ["schema"] = "case-package/proof/1",
            ["exhibit"] = story.Exhibit,
            ["bundle_format"] = "evb1",
            ["content_id"] = Convert.ToHexStringLower(story.Report.ContentId),
            ["disclosure"] = new JsonObject
            {
                ["path"] = disclosure.Path,
                ["sha256"] = disclosure.Sha256,
                ["format"] = "evd1",
            },
            ["segments_total"] = story.Report.SegmentCount,
            ["segments"] = new JsonArray([
                .. story.Verified.Descriptors.Select(d =>
                {
                    var file = files[BagPath.CiphertextOf(story.Exhibit, d.Index)];
                    return new JsonObject
                    {
                        ["index"] = (int)d.Index,
                        ["ciphertext"] = new JsonObject { ["path"] = file.Path, ["sha256"] = file.Sha256 },
                        ["opened"] = null,
                        // Nobody opened it to make this package: a receipt that holds is not yet an attested segment.
                        ["grade"] = SealedGrades.Of(d.Kind),
                    };
                }),
            ]),
            ["recipient_key"] = "agency",
        };
    }

    public static JsonObject Account(Account account) =>
        new()
        {
            ["schema"] = "case-package/account/1",
            ["id"] = "A0001",
            ["account_id"] = account.ExternalId,
            ["created_at"] = TimeText(account.RegisteredAt ?? account.FirstSeenAt),
            ["state"] = "known",
            ["names"] = new JsonArray(),
            ["emails"] = new JsonArray(),
            ["ip_events"] = new JsonArray(),
            ["devices"] = new JsonArray(),
        };

    public JsonObject Decision(int position)
    {
        var (decision, until) = story.Decisions[position];
        return new JsonObject
        {
            ["schema"] = "case-package/decision/1",
            ["id"] = $"D{position + 1:D4}",
            ["decision_id"] = decision.Id.ToString(),
            ["at"] = TimeText(decision.DecidedAt),
            ["action"] = decision.Action,
            ["until"] = until is { } end ? TimeText(end) : null,
            ["harm_codes"] = decision.Clause is { } clause ? new JsonArray(clause) : new JsonArray(),
            ["policy_clause"] = decision.Clause,
            // The rationale is the analyst's own words and stays; a statement for outside is not written yet.
            ["statement"] = null,
            ["appeal"] = "none",
        };
    }

    public string Readme() => PackageSentences.Readme(story.Package, story.Case.Reference, story.Export.ProcessId);

    private JsonObject Exhibit() =>
        new()
        {
            ["id"] = story.Exhibit,
            ["kind"] = "segments",
            ["meeting"] = "M0001",
            ["original_name"] = null,
            ["received_at"] = TimeText(story.Report.CompletedAt!.Value),
            ["obtained"] = "disclosed_by_participant",
            ["viewed_by_staff"] = story.Custody.Any(l =>
                l.Action is "opened" or "viewed"
                && l.Text.Contains($"\"id\":\"{story.Exhibit}\"", StringComparison.Ordinal)
            ),
            ["files"] = new JsonArray([
                .. evidence.Select(f => new JsonObject
                {
                    ["path"] = f.Path,
                    ["role"] = "disclosure",
                    ["media_type"] = f.Path.EndsWith(".cose", StringComparison.Ordinal)
                        ? "application/cose"
                        : "application/octet-stream",
                    ["bytes"] = f.Bytes,
                    ["sha256"] = f.Sha256,
                    ["sha512"] = f.Sha512,
                    ["derived_from"] = null,
                }),
            ]),
        };

    private static JsonObject Check(string check, string result) => new() { ["check"] = check, ["result"] = result };

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(t => JsonValue.Create(t))];
}
