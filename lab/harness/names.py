"""The project, the topics, the audiences and the accounts of a world."""

PROJECT = "test-project"
AUDIENCE = "https://push.test"
ACCOUNT = "pusher@test-project.iam.gserviceaccount.com"
API_AUDIENCE = "https://api.test"
CALLER = "caller@test-project.iam.gserviceaccount.com"
SUBSCRIPTION = f"projects/{PROJECT}/subscriptions/aiprod-pipeline-jobs-sub"
JOBS, RESULTS, DLQ = "aiprod-pipeline-jobs", "aiprod-pipeline-results", "aiprod-pipeline-dlq"
TOPICS = (JOBS, RESULTS, DLQ)
