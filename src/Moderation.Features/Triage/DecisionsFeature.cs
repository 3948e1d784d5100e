// Second door of the Triage capability: what follows from decisions: undo, release, second looks, appeals, labels, visits.
using FluentValidation;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Moderation.Contracts.Triage;

namespace Moderation.Features.Triage;

public static class DecisionsFeature
{
    /// <param name="services">The container.</param>
    /// <param name="runsWork">Whether this process releases what is due.</param>
    public static void AddDecisions(this IServiceCollection services, bool runsWork)
    {
        services.AddSingleton<GraceRules>();
        services.AddSingleton<SamplingKey>();
        services.AddScoped<Judging>();
        services.AddScoped<DecisionEffects>();
        services.AddScoped<ReviewDesk>();
        services.AddScoped<UndoDecision.Handler>();
        services.AddScoped<ReleaseDecisions.Due>();
        services.AddScoped<ClaimReview.Handler>();
        services.AddScoped<SubmitReview.Handler>();
        services.AddScoped<RuleReview.Handler>();
        services.AddSingleton<IValidator<RulingRequest>, RuleReview.Validator>();
        services.AddScoped<FileAppeal.Handler>();
        services.AddScoped<HearAppeal.Handler>();
        services.AddScoped<DueAppeals>();
        services.AddScoped<KeepLabels.Handler>();
        services.AddScoped<ReverseDecision.Handler>();
        services.AddScoped<ReopenCase.Handler>();
        services.AddScoped<KeepVisits.Handler>();
        services.AddSingleton<IValidator<VisitRequest>, KeepVisits.Validator>();
        services.AddSingleton<IValidator<VisitNote>, KeepVisits.NoteValidator>();
        services.AddSingleton<IValidator<VisitOutcomeRequest>, KeepVisits.OutcomeValidator>();
        services.AddSingleton<IValidator<ReversalRequest>, ReverseDecision.Validator>();
        services.AddSingleton<IValidator<AppealRequest>, FileAppeal.Validator>();
        services.AddSingleton<IValidator<AppealAnswer>, FileAppeal.AnswerValidator>();
        services.AddSingleton<IValidator<AppealDecisionRequest>, HearAppeal.Validator>();
        services.AddSingleton<IValidator<AppealQuestion>, HearAppeal.QuestionValidator>();
        services.AddSingleton<IValidator<LabelRequest>, KeepLabels.Validator>();
        if (runsWork)
            services.AddHostedService<ReleaseDecisions>();
    }

    public static void MapDecisions(this IEndpointRouteBuilder routes)
    {
        UndoDecision.Map(routes);
        ShowRecommendation.Map(routes);
        ListReviews.Map(routes);
        ClaimReview.Map(routes);
        SubmitReview.Map(routes);
        RuleReview.Map(routes);
        FileAppeal.Map(routes);
        ListAppeals.Map(routes);
        HearAppeal.Map(routes);
        KeepLabels.Map(routes);
        ShowQuality.Map(routes);
        ReverseDecision.Map(routes);
        ReopenCase.Map(routes);
        KeepVisits.Map(routes);
    }
}
