from django.urls import path

from accounts import views

urlpatterns = [
    path("sign-out/", views.sign_out, name="sign-out"),
    path("language/", views.language, name="set-language"),
    path("security/password/", views.password_change, name="password-change"),
    path("security/sessions/", views.session_list, name="sessions"),
    path("security/sessions/end/", views.sessions_end, name="sessions-end"),
    path("security/sessions/<int:pk>/end/", views.session_end, name="session-end"),
]
