// An expected no: what kind it is, its stable code, and words for the caller.
namespace Moderation.Domain;

/// <summary>What a caller can do about a refusal; HTTP turns it into a status in one place.</summary>
public enum RefusalKind
{
    Malformed,
    NotFound,
    Forbidden,
    Conflict,
    Stale,
    Precondition,
    Unprocessable,
    TooLarge,
    TooMany,
    Gone,
    Unavailable,
}

/// <summary>An expected no. <paramref name="Code"/> never changes; <paramref name="Detail"/> may.</summary>
public sealed record Refusal(RefusalKind Kind, string Code, string Detail)
{
    /// <summary>What a program can use besides the code, such as who holds a claim; members of the problem body.</summary>
    public IReadOnlyDictionary<string, object?>? Facts { get; init; }
}

/// <summary>Either a value or a refusal.</summary>
public readonly struct Outcome<T>
{
    private readonly T? _value;

    private Outcome(T? value, Refusal? refusal) => (_value, Refusal) = (value, refusal);

    public Refusal? Refusal { get; }

    /// <summary>The value; only to be read when <see cref="Refusal"/> is null.</summary>
    public T Value => Refusal is null ? _value! : throw new InvalidOperationException(Refusal.Code);

    public TResult Match<TResult>(Func<T, TResult> value, Func<Refusal, TResult> refusal) =>
        Refusal is null ? value(_value!) : refusal(Refusal);

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
