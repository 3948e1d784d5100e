// Makes the JSON of the SDK without reflection, so that clients may be trimmed or compiled ahead of time.
using System.Text.Json.Serialization;

namespace Moderation.Sdk;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ChatLine))]
[JsonSerializable(typeof(RosterLine))]
internal sealed partial class SdkJson : JsonSerializerContext;
