// The first answer to a request that acts, kept so that its repeat is answered the same and does nothing.
namespace Moderation.Data;

public sealed class IdempotencyKey
{
    /// <summary>`stf_…`, `acct_…` or the name of the platform; one caller's keys never meet another's.</summary>
    public required string Subject { get; init; }
    public required string Key { get; init; }

    /// <summary>SHA-256 of the body's JSON, 32 bytes.</summary>
    public required byte[] BodyHash { get; init; }

    /// <summary>HTTP status of the answer; 0 while the first request is still in its transaction.</summary>
    public int Status { get; set; }

    /// <summary>The answer's body as it was sent; text, since jsonb would reorder it.</summary>
    public string Response { get; set; } = "";
    public required DateTimeOffset At { get; init; }
}
