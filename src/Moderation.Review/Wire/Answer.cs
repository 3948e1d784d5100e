// What the API answered: a value with its version, or a problem with its code.
using System.Text.Json.Serialization;

namespace Moderation.Review.Wire;

/// <summary>An answer of the API; exactly one of <c>Value</c> and <c>Problem</c> is there.</summary>
public sealed record Answer<T>(T? Value, Problem? Problem, string? ETag = null)
    where T : class;

/// <summary>problem+json as the API sends it. Status 0 is ours: the server could not be reached.</summary>
public sealed record Problem(
    string Title,
    int Status,
    string? Detail,
    string Code,
    string? TraceId,
    IReadOnlyList<BrokenRule>? Errors
)
{
    public const string UnreachableCode = "client.unreachable";

    public static Problem Unreachable { get; } =
        new(Texts.Unreachable, 0, Texts.UnreachableDetail, UnreachableCode, null, null);

    [JsonIgnore]
    public bool IsUnreachable => Status == 0;

    /// <summary>The detail of the rule broken at <paramref name="member"/> (a JSON pointer), for the field it names.</summary>
    public string? At(string member) =>
        Errors?.FirstOrDefault(e => e.At == member || e.At.StartsWith(member + "/", StringComparison.Ordinal))?.Detail;
}

public sealed record BrokenRule([property: JsonPropertyName("pointer")] string At, string Detail);

/// <summary>Stands for an answer without a body.</summary>
public sealed record Done
{
    public static Done It { get; } = new();
}
