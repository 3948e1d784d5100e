// Every life walked from its own rows: each listed move works, every other is refused with its code and changes nothing.
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using Moderation.Domain.Visits;

namespace Moderation.UnitTests.Cases;

public sealed class LifeTests
{
    public static TheoryData<string> Lives { get; } = [.. Walkers.Keys];

    private static Dictionary<string, Action<Walk>> Walkers =>
        new()
        {
            ["case"] = walk => walk.On(CaseLife.Table, "case.cannot-move"),
            ["decision"] = walk => walk.On(DecisionLife.Table, "decision.cannot-move"),
            ["review"] = walk => walk.On(ReviewLife.Table, "review.cannot-move"),
            ["appeal"] = walk => walk.On(AppealLife.Table, "appeal.cannot-move"),
            ["visit"] = walk => walk.On(Visit.Life, "visit.cannot-move"),
            ["strike"] = walk => walk.On(Strike.Life, "strike.cannot-move"),
        };

    [Theory]
    [MemberData(nameof(Lives))]
    public void Every_listed_move_works_and_every_other_is_refused_with_its_code(string name)
    {
        var walk = new Walk();

        Walkers[name](walk);

        walk.Worked.ShouldBeGreaterThan(1);
        walk.Refused.ShouldBeGreaterThan(1);
    }

    [Fact]
    public void A_case_that_is_refused_stays_as_it_was_and_one_that_moves_takes_the_next_version()
    {
        foreach (var status in Enum.GetValues<CaseStatus>())
        foreach (var move in Enum.GetValues<CaseMove>())
        foreach (var facts in new[] { CaseFact.None, Everything<CaseFact>() })
        {
            var found = CaseTests.CaseIn(status);
            var version = found.Version;

            var refused = found.Make(move, facts).Refusal is not null;

            if (refused)
                (found.Status, found.Version).ShouldBe((status, version));
            else
                found.Version.ShouldBe(version + 1);
        }
    }

    [Fact]
    public void A_random_course_never_leaves_the_table_and_told_again_ends_in_the_same_state()
    {
#pragma warning disable RS0030 // Nothing secret: the same courses in every run.
        var random = new Random(20261124);
        for (var course = 0; course < 2_000; course++)
        {
            List<(CaseMove Move, CaseFact Facts)> told = [];
            var state = CaseStatus.Open;
            for (var i = 0; i < 30; i++)
            {
                var move = (CaseMove)random.Next(Enum.GetValues<CaseMove>().Length);
                var facts = (CaseFact)random.Next((int)Everything<CaseFact>() + 1);
                var step = CaseLife.Table.Step(state, move, facts);
                if (step.Refusal is { } refusal)
                {
                    refusal.Code.ShouldNotBeNullOrEmpty();
                    continue;
                }
                CaseLife.Table.Rows.ShouldContain(r => r.From == state && r.Move == move && r.To == step.Value.Next);
                state = step.Value.Next;
                told.Add((move, facts));
            }
            told.Aggregate(CaseStatus.Open, (s, t) => CaseLife.Table.Step(s, t.Move, t.Facts).Value.Next)
                .ShouldBe(state);
        }
#pragma warning restore RS0030
    }

    private static T Everything<T>()
        where T : struct, Enum =>
        (T)Enum.ToObject(typeof(T), Enum.GetValues<T>().Aggregate(0, (all, one) => all | Convert.ToInt32(one)));

    private sealed class Walk
    {
        public int Worked { get; private set; }
        public int Refused { get; private set; }

        public void On<TState, TMove, TFact, TEffect>(Life<TState, TMove, TFact, TEffect> life, string cannot)
            where TState : struct, Enum
            where TMove : struct, Enum
            where TFact : struct, Enum
            where TEffect : struct, Enum
        {
            var all = Everything<TFact>();
            foreach (var state in Enum.GetValues<TState>())
            foreach (var move in Enum.GetValues<TMove>())
            {
                var rows = life.Rows.Where(r => r.From.Equals(state) && r.Move.Equals(move)).ToList();
                if (rows.Count == 0)
                {
                    life.Step(state, move, all).Refusal!.Code.ShouldBe(cannot);
                    life.Step(state, move, default).Refusal!.Code.ShouldBe(cannot);
                    Refused += 2;
                    continue;
                }
                // The row with a condition stands before the one without: else it could never be reached.
                rows.Skip(1).ShouldAllBe(r => r.When.Equals(default(TFact)) || !rows[0].When.Equals(default(TFact)));
                foreach (var row in rows)
                    WalkRow(life, row, all);
            }
            life.Rows.ShouldAllBe(r => Enum.IsDefined(r.To));
        }

        private void WalkRow<TState, TMove, TFact, TEffect>(
            Life<TState, TMove, TFact, TEffect> life,
            LifeRow<TState, TMove, TFact, TEffect> row,
            TFact all
        )
            where TState : struct, Enum
            where TMove : struct, Enum
            where TFact : struct, Enum
            where TEffect : struct, Enum
        {
            // Facts that choose another row of the same move are left out.
            var facts = life
                .Rows.Where(r => r.From.Equals(row.From) && r.Move.Equals(row.Move) && !r.When.Equals(row.When))
                .Aggregate(all, (left, other) => Without(left, other.When));
            var step = life.Step(row.From, row.Move, facts);
            step.Refusal.ShouldBeNull();
            step.Value.Next.ShouldBe(row.To);
            step.Value.Effects.ShouldBe(row.Effects);
            Worked++;
            foreach (var guard in row.Guards)
            {
                guard.Otherwise.Code.ShouldMatch(@"^[a-z]+\.[a-z-]+$");
                life.Step(row.From, row.Move, Without(facts, guard.Needs)).Refusal.ShouldBe(guard.Otherwise);
                Refused++;
            }
        }

        private static T Without<T>(T facts, T fact)
            where T : struct, Enum => (T)Enum.ToObject(typeof(T), Convert.ToInt32(facts) & ~Convert.ToInt32(fact));
    }
}
