# The tutorial's four exercises in R: Rscript examples/tutorial.R FOLDER
# Connects as libpq's environment says (PGHOST, ...). Needs r-cran-rpostgresql of Debian; RPostgres does as well.
arguments <- commandArgs(trailingOnly = TRUE)
out <- if (length(arguments) > 0) arguments[1] else "."
dir.create(out, showWarnings = FALSE, recursive = TRUE)
from_environment <- function(name, default) { value <- Sys.getenv(name); if (value == "") default else value }
driver <- if (requireNamespace("RPostgres", quietly = TRUE)) RPostgres::Postgres() else RPostgreSQL::PostgreSQL()
connection <- suppressWarnings(DBI::dbConnect(driver, host = from_environment("PGHOST", "localhost"),
    port = as.integer(from_environment("PGPORT", "5432")), user = from_environment("PGUSER", Sys.info()[["user"]]),
    dbname = from_environment("PGDATABASE", from_environment("PGUSER", Sys.info()[["user"]])),
    password = Sys.getenv("PGPASSWORD")))
ask <- function(sql) suppressWarnings(DBI::dbGetQuery(connection, sql))
save <- function(frame, name) write.csv(frame, file.path(out, name), row.names = FALSE, na = "")
sem <- function(values) sd(values) / sqrt(length(values))

# Exercise 1: the animals, and their training sessions, as the tutorial joins them; saved as files. A uuid is asked for as text.
subjects <- ask("
    select lab_name, subject_nickname, sex, subject_birth_date, time_zone, subject_uuid::text as subject_uuid
    from analysis.ibl_subject
    natural join analysis.ibl_subject_lab
    natural join analysis.ibl_lab
    where subject_uuid in (select subject_id from analysis.session where source <> 'simulated')
    order by lab_name, subject_nickname")
save(subjects, "subjects.csv")
sessions <- ask("
    select lab_name, subject_nickname, session_date, session_number, n_trials, performance_easy,
        threshold, bias, lapse_low, lapse_high, fit_quality, training_status, user_name,
        case when is_start_time_known then extract(epoch from session_end_time - session_start_time) end::double precision
            as session_duration_s,
        is_start_time_known, session_uuid::text as session_uuid,
        extract(hour from session_start_time)::integer as hour
    from analysis.ibl_trial_set
    natural join analysis.ibl_psych_results
    natural join analysis.ibl_reaction_time
    natural join analysis.ibl_session_training_status
    natural join (
        select * from analysis.ibl_session
        where task_protocol like '%training%' and source <> 'simulated' and not is_excluded
    ) as training_session
    natural join analysis.ibl_session_user
    natural join analysis.ibl_subject
    natural join analysis.ibl_subject_lab
    order by lab_name, subject_nickname, session_start_time, user_name")
stopifnot(inherits(sessions$session_date, "Date"), is.logical(sessions$is_start_time_known))
save(sessions[, setdiff(names(sessions), "hour")], "sessions.csv")

# Exercise 2: when, how many, and how performance changes from session to session. A session with two people counts once.
session <- sessions[!duplicated(sessions$session_uuid), ]
count_by <- function(frame, columns) {
    if (nrow(frame) == 0) return(cbind(frame[, columns, drop = FALSE], n_sessions = integer(0)))
    counts <- aggregate(list(n_sessions = rep(1L, nrow(frame))), frame[, columns, drop = FALSE], sum)
    counts[do.call(order, counts[, columns, drop = FALSE]), ]
}
save(count_by(session[session$is_start_time_known, ], c("lab_name", "hour")), "sessions_by_hour.csv")
save(count_by(session, "lab_name"), "sessions_per_lab.csv")
per_subject <- count_by(session, c("lab_name", "subject_nickname"))
save(per_subject, "sessions_per_subject.csv")
animal <- paste(session$lab_name, session$subject_nickname, sep = "/")
session$session_ordinal <- ave(seq_along(animal), animal, FUN = seq_along)
by_ordinal <- split(session$performance_easy, session$session_ordinal)
known <- lapply(by_ordinal, function(values) values[!is.na(values)])
save(data.frame(session_ordinal = as.integer(names(known)), n_subjects = sapply(known, length),
    mean_performance_easy = sapply(known, mean), sem_performance_easy = sapply(known, sem)), "performance_by_session.csv")

# Exercise 3: the single trials of one animal, the one with most training sessions (restrict first: trials are many).
chosen <- per_subject[which.max(per_subject$n_sessions), ]
of_chosen <- session$lab_name == chosen$lab_name & session$subject_nickname == chosen$subject_nickname
keys <- paste0("'", session$session_uuid[of_chosen], "'", collapse = ", ")
trials <- ask(paste0("
    select session_date, session_number, trial, signed_contrast, choice, is_correct, is_rewarded, response_time_s, is_right
    from analysis.trial
    where session_id in (", keys, ")
    order by session_date, session_number, trial"))
stopifnot(is.logical(trials$is_correct), is.integer(trials$trial), is.numeric(trials$response_time_s))
save(trials[, setdiff(names(trials), "is_right")], "trials.csv")
responses <- trials[!is.na(trials$is_right) & !is.na(trials$signed_contrast), ]
right <- split(responses$is_right, responses$signed_contrast)
points <- data.frame(signed_contrast = as.numeric(names(right)), n_responses = sapply(right, length),
    fraction_right = sapply(right, mean))
points <- points[order(points$signed_contrast), ]
points$sem_fraction_right <- sqrt(points$fraction_right * (1 - points$fraction_right) / points$n_responses)
save(points, "points.csv")

# Exercise 4: figure 2a. Days of more than 100 trials of the animals that were trained; a median over three days, with 0 beyond the
# ends, as the paper's filter has it.
days <- ask("
    select curve.lab_name, curve.subject_nickname, curve.session_date, curve.training_day,
        100 * curve.performance_easy as performance_easy_percent, curve.session_date >= subject.trained_date as is_trained
    from analysis.learning_curve as curve
    join analysis.subject using (subject_id)
    where curve.source <> 'simulated' and not curve.is_excluded and curve.n_trials > 100
        and curve.performance_easy is not null and subject.trained_date is not null
    order by curve.lab_name, curve.subject_nickname, curve.session_date")
median_of_three <- function(values) {
    padded <- c(0, values, 0)
    vapply(seq_along(values), function(i) median(padded[i:(i + 2)]), numeric(1))
}
if (nrow(days) > 0) {
    days$smoothed_percent <- ave(days$performance_easy_percent, days$lab_name, days$subject_nickname, FUN = median_of_three)
} else {
    days$smoothed_percent <- numeric(0)
}
save(days[, c("lab_name", "subject_nickname", "session_date", "training_day", "performance_easy_percent", "smoothed_percent",
    "is_trained")], "figure_2a.csv")
if (nrow(days) > 0) {
    mean_curve <- aggregate(smoothed_percent ~ training_day + lab_name, days,
        function(values) c(n = length(values), mean = mean(values), sem = sem(values)))
    mean_curve <- data.frame(lab_name = mean_curve$lab_name, training_day = mean_curve$training_day,
        n_subjects = mean_curve$smoothed_percent[, "n"], mean_percent = mean_curve$smoothed_percent[, "mean"],
        sem_percent = mean_curve$smoothed_percent[, "sem"])
    save(mean_curve[order(mean_curve$lab_name, mean_curve$training_day), ], "figure_2a_mean.csv")
    labs <- sort(unique(days$lab_name))
    pdf(file.path(out, "figure_2a.pdf"), width = 3 * length(labs), height = 3)
    par(mfrow = c(1, length(labs)))
    for (lab in labs) {
        of_lab <- mean_curve[mean_curve$lab_name == lab, ]
        plot(of_lab$training_day, of_lab$mean_percent, type = "n", xlim = range(days$training_day), ylim = c(0, 100), main = lab,
            xlab = "training day", ylab = "easy performance (%)")
        for (curve in split(days[days$lab_name == lab, ], days$subject_nickname[days$lab_name == lab])) {
            lines(curve$training_day, curve$smoothed_percent, col = "grey75")
            lines(curve$training_day[curve$is_trained], curve$smoothed_percent[curve$is_trained], col = "grey30")
        }
        lines(of_lab$training_day, of_lab$mean_percent, lwd = 2)
    }
    invisible(dev.off())
}
cat(nrow(subjects), "animals,", nrow(session), "training sessions,", nrow(trials), "trials of", chosen$subject_nickname, "\n")
invisible(DBI::dbDisconnect(connection))
