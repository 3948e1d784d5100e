// A life as data: rows of state, move, guards, next state and effects, and the one pure function that walks them (triage.md 1).
namespace Moderation.Domain;

/// <summary>A fact that must hold for a row to be taken, and the refusal when it does not.</summary>
public sealed record Guard<TFact>(TFact Needs, Refusal Otherwise)
    where TFact : struct, Enum;

/// <param name="When">A fact that chooses this row among those of the same state and move; 0 means always.</param>
public sealed record LifeRow<TState, TMove, TFact, TEffect>(TState From, TMove Move, TState To, TFact When = default)
    where TState : struct, Enum
    where TMove : struct, Enum
    where TFact : struct, Enum
    where TEffect : struct, Enum
{
    /// <summary>Looked at in order; the first that fails gives the refusal.</summary>
    public IReadOnlyList<Guard<TFact>> Guards { get; init; } = [];
    public IReadOnlyList<TEffect> Effects { get; init; } = [];
}

/// <summary>Where a move leads, and what has to be done in the same transaction.</summary>
public sealed record LifeStep<TState, TEffect>(TState Next, IReadOnlyList<TEffect> Effects);

/// <summary>All moves of one noun. Single, bulk, scheduled and command-line paths ask the same rows; a test walks them.</summary>
public sealed class Life<TState, TMove, TFact, TEffect>(
    IReadOnlyList<LifeRow<TState, TMove, TFact, TEffect>> rows,
    Func<TState, TMove, Refusal> cannot
)
    where TState : struct, Enum
    where TMove : struct, Enum
    where TFact : struct, Enum
    where TEffect : struct, Enum
{
    public IReadOnlyList<LifeRow<TState, TMove, TFact, TEffect>> Rows => rows;

    public Outcome<LifeStep<TState, TEffect>> Step(TState state, TMove move, TFact facts)
    {
        var row = rows.FirstOrDefault(r => r.From.Equals(state) && r.Move.Equals(move) && facts.HasFlag(r.When));
        if (row is null)
            return cannot(state, move);
        return row.Guards.FirstOrDefault(g => !facts.HasFlag(g.Needs)) is { } broken
            ? broken.Otherwise
            : new LifeStep<TState, TEffect>(row.To, row.Effects);
    }
}
