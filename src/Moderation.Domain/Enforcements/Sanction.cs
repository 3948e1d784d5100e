// What a decision asks to be done to an account: a warning, friction or a suspension.
namespace Moderation.Domain.Enforcements;

public abstract record Sanction
{
    private Sanction() { }

    /// <summary>The user is told something; nothing changes for the account.</summary>
    public sealed record Warning : Sanction;

    /// <param name="Measures">One or more measures of events.md 2.</param>
    /// <param name="Scope">`account`, `device` or `network`.</param>
    public sealed record Friction(IReadOnlyList<string> Measures, string Scope, TimeSpan Length) : Sanction;

    /// <param name="Scope">`all`, `hosting` or `joining`.</param>
    /// <param name="Length">Null is a ban: until further notice.</param>
    public sealed record Suspension(string Scope, TimeSpan? Length) : Sanction;

    /// <summary>Removed from running meetings; comes after a suspension of the same decision.</summary>
    public sealed record SessionsEnd : Sanction;
}
