// How the shapes of the API become JSON: generated at build time, since the trimmed runtime has no reflection to spare.
using System.Text.Json.Serialization;
using Moderation.Contracts.Audit;
using Moderation.Contracts.Legal;
using Moderation.Contracts.Staff;
using Moderation.Contracts.Triage;

namespace Moderation.Review.Wire;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(SignInRequest))]
[JsonSerializable(typeof(SessionShape))]
[JsonSerializable(typeof(ApprovalKeyRequest))]
[JsonSerializable(typeof(ApprovalKeyShape))]
[JsonSerializable(typeof(List<ApprovalKeyShape>))]
[JsonSerializable(typeof(VaultKeyShape))]
[JsonSerializable(typeof(List<QueueShape>))]
[JsonSerializable(typeof(Page<CaseRow>))]
[JsonSerializable(typeof(CaseDetail))]
[JsonSerializable(typeof(ClaimRequest))]
[JsonSerializable(typeof(ClaimShape))]
[JsonSerializable(typeof(PolicyShape))]
[JsonSerializable(typeof(DecisionRequest))]
[JsonSerializable(typeof(DecisionShape))]
[JsonSerializable(typeof(Page<ExportRow>))]
[JsonSerializable(typeof(ExportShape))]
[JsonSerializable(typeof(ExportApprovalRequest))]
[JsonSerializable(typeof(Page<AuditRow>))]
[JsonSerializable(typeof(VerifiedLog))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
public sealed partial class WireJson : JsonSerializerContext;
