// Says why evidence was refused, as a value that callers return instead of throwing.
using System.Diagnostics.CodeAnalysis;

namespace Moderation.Evidence;

/// <summary>A refusal with its stable code (section 25).</summary>
/// <param name="Code">One of <see cref="EvidenceCodes"/>; the only part an untrusted caller may see.</param>
/// <param name="Detail">For the operator's log; holds no secret.</param>
public sealed record EvidenceRefusal(string Code, string? Detail = null)
{
    /// <summary>The HTTP status of section 17 for <see cref="Code"/>.</summary>
    public int HttpStatus => EvidenceCodes.HttpStatusOf(Code);
}

/// <summary>Either a value that passed every check of its step, or the first refusal.</summary>
public readonly struct Verdict<T>
    where T : class
{
    private Verdict(T? value, EvidenceRefusal? refusal) => (ValueOrNull, Refusal) = (value, refusal);

    /// <summary>The first check that failed, or null.</summary>
    public EvidenceRefusal? Refusal { get; }

    /// <summary>The value, or null when refused.</summary>
    public T? ValueOrNull { get; }

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">The verdict is a refusal; a caller did not look.</exception>
    public T Value => ValueOrNull ?? throw new InvalidOperationException($"Refused with {Refusal?.Code}.");

    /// <summary>Takes the verdict apart; exactly one of the two is set.</summary>
    public bool Holds([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out EvidenceRefusal? refusal)
    {
        (value, refusal) = (ValueOrNull, Refusal);
        return value is not null;
    }

    public static implicit operator Verdict<T>(T value) => new(value, null);

    public static implicit operator Verdict<T>(EvidenceRefusal refusal) => new(null, refusal);
}
